/** The callbacks module that was loaded, if one was: its code runs again and again, until the answer is there. */
let module: string | undefined

export const underway = {
  begin: (file: string): void => {
    module = file
  },
  file: (): string | undefined => module,
}
