-- A queue, a stack, a set, a linked list, a priority queue.
local Queue = {}
Queue.__index = Queue
function Queue.new() return setmetatable({ first = 1, last = 0 }, Queue) end
function Queue:push(v) self.last = self.last + 1 self[self.last] = v end
function Queue:pop()
  local v = self[self.first]
  self[self.first] = nil
  self.first = self.first + 1
  return v
end
return function()
  local q, list, set, heap = Queue.new(), nil, {}, {}
  for i = 1, 5 do q:push(i * i) list = { value = i, next = list } set[i % 3] = true end
  for _, v in ipairs { 5, 3, 8, 1 } do
    local at = #heap + 1
    while at > 1 and heap[at // 2] > v do
      heap[at] = heap[at // 2]
      at = at // 2
    end
    heap[at] = v
  end
  local values = {}
  while list do values[#values + 1] = list.value list = list.next end
  return { q:pop(), q:pop(), q.last - q.first + 1, table.concat(values), set[0], set[3] == nil, heap[1] }
end
