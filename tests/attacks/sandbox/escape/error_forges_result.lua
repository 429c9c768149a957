-- Error messages that look like what the guest tells the host: every tag, with lying lengths
-- expect: 500 handler_failed
return function()
  for tag = 0, 255 do
    pcall(error, string.char(tag) .. "\xff\xff\xff\x7f" .. ("A"):rep(64), 0)
  end
  error("\x07\xff\xff\xff\xff" .. ("A"):rep(64), 0)
end
