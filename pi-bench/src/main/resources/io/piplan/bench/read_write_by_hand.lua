-- sysbench's read_write, split by hand over two servers with four of eight tables each: the statements that a proxy
-- has to send, one after the other, by a client that knows where the rows are. What no proxy can be faster than.
sysbench.cmdline.options = {
  tables = {"always one", 1},
  table_size = {"rows", 10000},
}

local SHARDS = 8
local GROUP = "###########"
local C = GROUP .. ("-" .. GROUP):rep(9)
local PAD = GROUP .. ("-" .. GROUP):rep(4)
local SERVERS = {1, 2}

local connections = {}
local begun = {}
local number = 0
local process

function thread_init()
  local driver = sysbench.sql.driver()
  local seen = {}
  -- Each connection goes to the next of the servers that were named, whichever thread asks.
  for i = 1, 100 do
    local connection = driver:connect()
    local server = tonumber(connection:query_row("SELECT @@server_id"))
    if connections[server] == nil then
      connections[server] = connection
    else
      seen[#seen + 1] = connection
    end
    if connections[1] ~= nil and connections[2] ~= nil then
      break
    end
  end
  for _, connection in ipairs(seen) do
    connection:disconnect()
  end
  process = connections[1]:query_row("SELECT UUID_SHORT()")
end

local function id()
  return sysbench.rand.uniform(1, sysbench.opt.table_size)
end

local function xid(server)
  return string.format("'%s-%d','db%d',1", process, number, server)
end

local function on(server)
  if not begun[server] then
    connections[server]:query("XA START " .. xid(server))
    begun[server] = true
  end
  return connections[server]
end

local function one(sql, key)
  local shard = key % SHARDS
  on(shard % 2 + 1):query(string.format(sql, shard))
end

local function all(columns, tail)
  local low = id()
  for _, server in ipairs(SERVERS) do
    local parts = {}
    for shard = server - 1, SHARDS - 1, 2 do
      parts[#parts + 1] = string.format(
        "SELECT %s FROM `sbtest1_%d` AS `sbtest1` WHERE id BETWEEN %d AND %d", columns, shard, low, low + 99)
    end
    on(server):query(table.concat(parts, "\nUNION ALL ") .. tail)
  end
end

function event()
  number = number + 1
  begun = {}
  for i = 1, 10 do
    local key = id()
    one("SELECT c FROM `sbtest1_%d` AS `sbtest1` WHERE id=" .. key, key)
  end
  all("c", "")
  all("SUM(k)", "")
  all("c, WEIGHT_STRING(RTRIM(c)) AS `pi_h0`", "\nLIMIT 5001")
  all("DISTINCT c, WEIGHT_STRING(RTRIM(c)) AS `pi_h0`", "")
  local key = id()
  one("UPDATE `sbtest1_%d` AS `sbtest1` SET k=k+1 WHERE id=" .. key, key)
  key = id()
  one("UPDATE `sbtest1_%d` AS `sbtest1` SET c='" .. sysbench.rand.string(C) .. "' WHERE id=" .. key, key)
  key = id()
  one("DELETE FROM `sbtest1_%d` WHERE id=" .. key, key)
  one("INSERT INTO `sbtest1_%d` (id, k, c, pad) VALUES (" .. key .. ", " .. id() .. ", '"
    .. sysbench.rand.string(C) .. "', '" .. sysbench.rand.string(PAD) .. "')", key)
  if begun[1] and begun[2] then
    for _, server in ipairs(SERVERS) do
      connections[server]:query("XA END " .. xid(server))
      connections[server]:query("XA PREPARE " .. xid(server))
    end
    for _, server in ipairs(SERVERS) do
      connections[server]:query("XA COMMIT " .. xid(server))
    end
  else
    for server in pairs(begun) do
      connections[server]:query("XA END " .. xid(server))
      connections[server]:query("XA COMMIT " .. xid(server) .. " ONE PHASE")
    end
  end
end

function sysbench.hooks.before_restart_event()
  for server in pairs(begun) do
    pcall(function() connections[server]:query("XA END " .. xid(server)) end)
    pcall(function() connections[server]:query("XA ROLLBACK " .. xid(server)) end)
  end
end
