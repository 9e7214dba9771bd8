-- What all scenarios share: the people to speak for, the networks to come from, and the form of the result.
--
-- The caller gives two words behind `--`: the folder with the people, and `paced` or `flood`.

-- A paced connection rests this long between two requests, so that latency is seen and not the length of a queue.
local rest_milliseconds = 10

local shared = {}

-- The lines of a file in the folder, each split at its tabs.
function shared.read(folder, name)
  local rows = {}
  for line in io.lines(folder .. "/" .. name) do
    local row = {}
    for field in line:gmatch("[^\t]+") do
      row[#row + 1] = field
    end
    rows[#rows + 1] = row
  end
  return rows
end

-- Takes up the second word. wrk asks whether there is a `delay` once, after `init`.
function shared.pace(word)
  if word == "paced" then
    delay = function() return rest_milliseconds end
  end
end

-- The headers of a JSON request from one of 65536 networks, so that no limit by network is reached.
function shared.json_headers()
  return {
    ["Content-Type"] = "application/json",
    ["X-Forwarded-For"] = string.format("10.1.%d.%d", math.random(0, 255), math.random(0, 255)),
  }
end

-- Ends what wrk prints with one line of JSON, times in milliseconds.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50_milliseconds": %.3f, "p99_milliseconds": %.3f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end

return shared
