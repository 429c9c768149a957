return function() local t = { 1, { a = 2 } } t[2].b = t return t, "x" end
