-- n-body's inner loop: floating point in registers and fields.
return function()
  local bodies = {}
  for i = 1, 5 do bodies[i] = { x = i, y = i * 2, z = i * 3, vx = 0, vy = 0, vz = 0, mass = 1 / i } end
  for _ = 1, 600 do
    for i = 1, #bodies do
      local a = bodies[i]
      for j = i + 1, #bodies do
        local b = bodies[j]
        local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
        local d = (dx * dx + dy * dy + dz * dz) ^ 0.5
        local m = 0.001 / (d * d * d)
        a.vx, a.vy, a.vz = a.vx - dx * b.mass * m, a.vy - dy * b.mass * m, a.vz - dz * b.mass * m
        b.vx, b.vy, b.vz = b.vx + dx * a.mass * m, b.vy + dy * a.mass * m, b.vz + dz * a.mass * m
      end
    end
    for i = 1, #bodies do
      local a = bodies[i]
      a.x, a.y, a.z = a.x + 0.001 * a.vx, a.y + 0.001 * a.vy, a.z + 0.001 * a.vz
    end
  end
  return bodies[1].x
end
