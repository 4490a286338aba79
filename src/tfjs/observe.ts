import { Observable } from 'rxjs'
import { host } from '#host'

/** Something that runs, tells of it, and can be asked to end. */
export interface Running {
  readonly run: () => Promise<unknown>
  readonly stop: (reason: string) => void
}

/**
 * A cold Observable of what a run tells: each subscription starts one, completion means that it ended, an error is what its
 * promise rejects with. Unsubscribing ends it after the batch at hand.
 */
export const observe = <E>(what: string, start: (tell: (event: E) => void) => Running): Observable<E> =>
  new Observable((subscriber) => {
    const { run, stop } = start((event) => {
      subscriber.next(event)
    })
    let running = true
    run().then(
      () => {
        running = false
        subscriber.complete()
      },
      (error: unknown) => {
        running = false
        if (subscriber.closed) host.print(`${what} failed after it was unsubscribed: ${String(error)}`, 'warning')
        subscriber.error(error)
      },
    )
    return () => {
      if (running) stop('unsubscribed')
    }
  })
