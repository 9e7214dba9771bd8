-- The bare route: signing out with text that is no refresh token. The body is parsed strictly, a tenant is found, and
-- neither the database nor a key is touched; the answer is 204.
local shared = dofile("shared.lua")

function init(arguments)
  shared.pace(arguments[2])
end

function request()
  return wrk.format("POST", wrk.path .. "/logout", shared.json_headers(), '{"refresh_token": "no such token"}')
end
