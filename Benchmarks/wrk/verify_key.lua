-- Is this API key good: one of many, by the route that takes the tenant from the key itself.
local shared = dofile("shared.lua")
local keys

function init(arguments)
  keys = shared.read(arguments[1], "keys.tsv")
  shared.pace(arguments[2])
end

function request()
  local body = '{"key": "' .. keys[math.random(#keys)][1] .. '"}'
  return wrk.format("POST", "/v1/api-keys/verify", shared.json_headers(), body)
end
