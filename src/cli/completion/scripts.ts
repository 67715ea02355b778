/** The shells that a completion script is there for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * The script that makes a shell ask `refstore __complete` for candidates.
 * @param program name of the command, as it is typed
 */
export function completionScript(shell: Shell, program: string): string {
  const id = program.replaceAll(/[^A-Za-z0-9]/g, '_');
  return templates[shell].replaceAll('PROGRAM', program).replaceAll('ID', id);
}

const templates: Readonly<Record<Shell, string>> = {
  // Bash splits words at : = and @ too, so the line is read anew, and what it replaces is cut off at the last of them.
  bash: String.raw`# bash completion for PROGRAM
_ID_complete() {
  local line=${'$'}{COMP_LINE:0:COMP_POINT} words current lines number head
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=${'$'}{words[-1]}
  mapfile -t lines < <(PROGRAM __complete "${'$'}{words[@]:1}" 2>/dev/null)
  [[ ${'$'}{#lines[@]} -gt 0 ]] || return
  number=${'$'}{lines[-1]#:}
  unset 'lines[-1]'
  COMPREPLY=("${'$'}{lines[@]%%$'\t'*}")
  head=${'$'}{current%"${'$'}{current##*[:=@]}"}
  [[ -z $head ]] || COMPREPLY=("${'$'}{COMPREPLY[@]#"$head"}")
  if ((number & 2)); then compopt -o nospace; fi
  if ((number & 16)); then compopt -o dirnames
  elif ! ((number & 4)); then compopt -o default
  fi
}
complete -F _ID_complete PROGRAM
`,
  zsh: String.raw`#compdef PROGRAM
# zsh completion for PROGRAM
_ID_complete() {
  local -a lines candidates options
  local line number
  lines=("${'$'}{(@f)$(PROGRAM __complete "${'$'}{(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  number=${'$'}{lines[-1]#:}
  lines[-1]=()
  for line in $lines; do
    candidates+=("${'$'}{${'$'}{line%%$'\t'*}//:/\\:}${'$'}{${'$'}{(M)line#*$'\t'}:+:${'$'}{line#*$'\t'}}")
  done
  ((number & 2)) && options=(-S '')
  if ((${'$'}{#candidates})); then
    _describe PROGRAM candidates "${'$'}{(@)options}" && return
  fi
  if ((number & 16)); then _path_files -/
  elif ! ((number & 4)); then _files
  fi
}
compdef _ID_complete PROGRAM
`,
  fish: String.raw`# fish completion for PROGRAM
function __ID_complete
  set -l words (commandline --current-process --tokenize --cut-at-cursor)
  set -l current (commandline --current-token --cut-at-cursor)
  set -l lines (PROGRAM __complete $words[2..-1] "$current" 2>/dev/null)
  test (count $lines) -gt 0; or return
  set -l number (string replace : '' -- $lines[-1])
  set -e lines[-1]
  if test (count $lines) -gt 0
    printf '%s\n' $lines
  else if test (math "floor($number / 16) % 2") -eq 1
    __fish_complete_directories "$current"
  else if test (math "floor($number / 4) % 2") -eq 0
    __fish_complete_path "$current"
  end
end
complete --command PROGRAM --no-files --arguments '(__ID_complete)'
`,
};
