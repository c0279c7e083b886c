/**
 * The Java client: {@link dev.holdfast.client.Holdfast} gives objects, sessions and locks.
 *
 * <p>Threads. A {@code Holdfast} has two daemon threads of its own, one for timers and one for the
 * listeners and continuations of its users, and those of two JDK HttpClients: one for objects, and
 * one for the WebSockets of sessions, opened by a thread each, whose frames its selector applies
 * itself, one after the other; each is applied under the session's guard, in which there is no I/O
 * and no user code. Blocking calls wait on a future, so they suit platform and virtual threads
 * alike.
 *
 * <p>Reading order for a lock: {@link dev.holdfast.client.LockClient}, {@code SessionLink}, {@code
 * SessionSocket}, {@link dev.holdfast.client.Hold}.
 */
@NullMarked
package dev.holdfast.client;

import org.jspecify.annotations.NullMarked;
