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
 * <p>A session is a {@code SessionLink} and its parts, each of which owns a state of its own under
 * the session's one {@code Guard}. Reading order:
 *
 * <ul>
 *   <li>an acquire: {@link dev.holdfast.client.LockClient}, {@code SessionLink}, {@code Holds},
 *       {@code HoldLife}, {@code Outbox}, {@code Uplink}, {@code SessionSocket}; back by {@code
 *       Dispatch} and {@code HoldLife} to the {@link dev.holdfast.client.Hold};
 *   <li>a write to a map: {@link dev.holdfast.client.MapClient}, {@code SessionLink}, {@code
 *       DataCalls}, {@code Uplink}, {@code SessionSocket}; back by {@code Dispatch};
 *   <li>a broken connection: {@code SessionSocket}, {@code Uplink}, {@code Handshake}, and when the
 *       node has answered {@code SessionLife}, which has everything sent again;
 *   <li>the loss of a session: {@code KeepAlives}, {@code Lease}, {@code SessionLife}, {@code
 *       HoldLife}: every hold is LOST before the guard is free.
 * </ul>
 */
@NullMarked
package dev.holdfast.client;

import org.jspecify.annotations.NullMarked;
