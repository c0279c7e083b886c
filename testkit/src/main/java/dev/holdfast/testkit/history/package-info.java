/**
 * What clients saw, and whether a correct service could have shown it to them.
 *
 * <p>Clients record each call with the time before it was sent and after it was answered, on one
 * monotonic clock, in a {@link dev.holdfast.testkit.history.History}. A {@link
 * dev.holdfast.testkit.history.Checker} then looks for an order of the operations that keeps to
 * these times and that a {@link dev.holdfast.testkit.history.Model} explains: is there none, the
 * service was not linearizable. The models are pure functions, one for each kind of thing: {@link
 * dev.holdfast.testkit.history.RegisterModel} for an object or a key of a map, {@link
 * dev.holdfast.testkit.history.LockModel}, {@link dev.holdfast.testkit.history.SemaphoreModel},
 * {@link dev.holdfast.testkit.history.SessionModel}. {@link dev.holdfast.testkit.history.Beliefs}
 * judges what a client cannot put into one call: for how long it believed to hold a lock.
 */
@NullMarked
package dev.holdfast.testkit.history;

import org.jspecify.annotations.NullMarked;
