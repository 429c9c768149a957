-- string.format.
return function()
  return { ("%5d|%-5d|%05d"):format(42, 42, 42), ("%x %X %#x %o"):format(255, 255, 255, 8), ("%q"):format('a "b"\n\0c'),
    ("%s %s %s"):format(nil, true, 1.5), ("%10.3s|"):format "abcdef", ("%c%c"):format(76, 117), ("%i%%"):format(50),
    ("%g %e"):format(1e20, 12345.678), ("%q"):format(1 / 3), ("%-10s|"):format "left", ("%a"):format(1) }
end
