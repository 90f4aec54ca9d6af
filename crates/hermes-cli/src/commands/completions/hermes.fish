# Completion for hermes in fish. It asks `hermes complete`, which reads files alone: no network.
function __hermes_complete
    set --local before (commandline --tokenize --cut-at-cursor --current-process)
    set --local word (commandline --current-token --cut-at-cursor)
    command hermes complete fish -- $before "$word" 2>/dev/null
end
complete --command hermes --no-files --keep-order --arguments '(__hermes_complete)'
