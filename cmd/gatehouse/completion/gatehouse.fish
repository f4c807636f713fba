# Completion of gatehouse for fish: gatehouse completion fish > ~/.config/fish/completions/gatehouse.fish
function __gatehouse_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l found (command $words[1] complete $words[2..-1] "$word" 2>/dev/null)
    if test "$found[1]" = :files
        set -l flag (string match -r -- '^--[^=]*=' "$word")
        for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$word"))
            printf '%s\n' "$flag$path"
        end
    else
        printf '%s\n' $found
    end
end
complete -c gatehouse -f -a '(__gatehouse_complete)'
