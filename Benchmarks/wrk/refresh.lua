-- Refreshing: each answer brings the token of a later request, so there are as many chains of tokens as connections,
-- and one more, since wrk composes a first request only to look at it.
--
-- A connection has one request under way at most, so there is always a token left for the next one.
local shared = dofile("shared.lua")
local tokens = {}

function init(arguments)
  for _, row in ipairs(shared.read(arguments[1], "chains.tsv")) do
    tokens[#tokens + 1] = row[1]
  end
  shared.pace(arguments[2])
end

function request()
  local body = string.format('{"refresh_token": "%s"}', table.remove(tokens, 1) or "used up")
  return wrk.format("POST", wrk.path .. "/refresh", shared.json_headers(), body)
end

function response(_, _, body)
  tokens[#tokens + 1] = body:match('"refresh_token"%s*:%s*"([^"]+)"')
end
