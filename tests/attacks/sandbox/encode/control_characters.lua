-- Every control character, quotes and line separators: they arrive escaped, and split nothing
-- expect: 200 {"\u0000\r\n\"":"</script>\u001b[2J\\"}
return function() return { ['\0\r\n"'] = "</script>\x1b[2J\\" } end
