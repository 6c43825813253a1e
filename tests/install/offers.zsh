# offers.zsh LINE: what zsh's completion adds for the line, one a line.
zmodload zsh/zpty
zpty shell zsh -f -i
expect() { local text; zpty -r -m shell text "*$1*" }
zpty -w shell 'PS1= PS2= PROMPT_EOL_MARK=; stty -echo columns 500 rows 500; unsetopt zle_bracketed_paste'
zpty -w shell 'fpath=($PWD $fpath); autoload -U compinit; compinit -u -d $PWD/dump; LISTMAX=0'
# compadd tells what it adds instead of adding it.
zpty -w shell 'compadd() {
    local -a found
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
    builtin compadd -O found "$@"
    (( $#found )) && print -rl -- "OFFER "${^found} >>offers
    builtin compadd "$@"
}'
rm -f offers
: >offers
zpty -w shell 'bindkey "^I" complete-word; bindkey "^X" send-break'
zpty -w shell 'print ready'
expect ready
zpty -w -n shell "$1"$'\t'
for i in {1..40}; do
    sleep 0.05
    [[ -s offers ]] && break
done
sleep 0.1
zpty -d shell
sed -n 's/^OFFER //p' offers
