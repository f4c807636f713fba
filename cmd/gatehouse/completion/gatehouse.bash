# Completion of gatehouse for bash: source <(gatehouse completion bash)
_gatehouse() {
    local word=${COMP_WORDS[COMP_CWORD]} line
    [[ $word == = ]] && word=
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "${word#--*=}")
            compopt -o filenames 2>/dev/null
        else
            COMPREPLY+=("${line%%$'\t'*}")
        fi
    done < <("${COMP_WORDS[0]/#\~/$HOME}" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _gatehouse gatehouse
