-- Signing in with the right password, a person and a network at a time.
local shared = dofile("shared.lua")
local people

function init(arguments)
  people = shared.read(arguments[1], "people.tsv")
  shared.pace(arguments[2])
end

function request()
  local person = people[math.random(#people)]
  local body = string.format('{"login": "%s", "password": "%s"}', person[1], person[2])
  return wrk.format("POST", wrk.path .. "/login", shared.json_headers(), body)
end
