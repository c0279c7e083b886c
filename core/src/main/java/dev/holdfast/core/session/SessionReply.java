// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

/** What a {@link SessionCommand} led to. */
public sealed interface SessionReply {
  /** The session exists, with the host that asked for it. */
  record Created(Session session) implements SessionReply {}

  /** A session of this id exists, with another host or TTL: choose another id. */
  record IdTaken() implements SessionReply {}

  /** A session of this id has ended: choose another id, with a newer revision. */
  record StaleRequest() implements SessionReply {}

  /** The new host is the host: since now, or since before. */
  record Adopted(Session session) implements SessionReply {}

  /** Another host was faster; nothing was changed. */
  record HostMoved(Session session) implements SessionReply {}

  /** The session has ended by this. */
  record Ended(EndedSession ended) implements SessionReply {}

  /** The session is not as the host knew it when it decided on its expiry: it lives. */
  record NotExpired(Session session) implements SessionReply {}

  /** No such session: it has ended before, or never was. */
  record Gone() implements SessionReply {}
}
