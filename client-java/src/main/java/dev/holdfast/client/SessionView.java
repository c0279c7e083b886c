// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;

/** What every part of a session may know of it. Safe on any thread. */
interface SessionView {
  /** False until a node has opened the session. */
  boolean hasId();

  /**
   * @throws IllegalStateException it is not open yet
   */
  String id();

  Duration ttl();

  SessionState state();
}
