-- The bare route that verification is held against: the same route, with text of a key's length that names no tenant, so
-- that JSON is read and written, and nothing is looked up or remembered.
local shared = dofile("shared.lua")
local text = string.rep("0", 80)

function init(arguments)
  shared.pace(arguments[2])
end

function request()
  return wrk.format("POST", "/v1/api-keys/verify", shared.json_headers(), '{"key": "' .. text .. '"}')
end
