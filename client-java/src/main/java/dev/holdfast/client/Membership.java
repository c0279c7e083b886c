// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.function.Consumer;

/** A place in a group, until it is left or the session ends. Thread-safe. */
public final class Membership implements AutoCloseable {
  private final String group;
  private final String id;
  private final Leadership place;

  Membership(String group, String id, Leadership place) {
    this.group = group;
    this.id = id;
    this.place = place;
  }

  public String group() {
    return group;
  }

  public String id() {
    return id;
  }

  /** Rises each time that somebody joins under this id. */
  public long token() {
    return place.token();
  }

  /**
   * Replaces what others know of this member.
   *
   * @param data at most 4 KiB of UTF-8
   * @throws LockLostException when it is no member any more
   */
  public void update(String data) throws InterruptedException {
    place.proclaim(data);
  }

  /** True until the deadline, or the loss. */
  public boolean isMember() {
    return place.isLeader();
  }

  /** HELD while it is a member, AT_RISK while no node answers, then LOST or RELEASED. */
  public HoldState state() {
    return place.state();
  }

  /** Tells each new state, in order, on the events thread. */
  public Membership onChange(Consumer<HoldState> listener) {
    place.onChange(listener);
    return this;
  }

  public void leave() {
    place.resign();
  }

  /** {@link #leave}. */
  @Override
  public void close() {
    leave();
  }
}
