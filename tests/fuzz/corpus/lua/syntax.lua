return function(input
  local = 5
