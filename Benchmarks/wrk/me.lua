-- Who am I: the access token is verified, its session looked up, the profile read.
local shared = dofile("shared.lua")
local people

function init(arguments)
  people = shared.read(arguments[1], "people.tsv")
  shared.pace(arguments[2])
end

function request()
  local headers = shared.json_headers()
  headers["Authorization"] = "Bearer " .. people[math.random(#people)][3]
  return wrk.format("GET", wrk.path .. "/me", headers)
end
