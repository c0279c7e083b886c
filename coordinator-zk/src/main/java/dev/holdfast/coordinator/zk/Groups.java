// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The transactions that this process was told of and has not applied, in their order. The events of
 * one come together; its beat closes it, or else whatever comes after it: somebody wrote below our
 * root without a beat. Guarded by the lock of {@link Mirror}.
 */
final class Groups {
  private final ArrayDeque<Group> groups = new ArrayDeque<>();
  private @Nullable Group open;
  private long seen;
  private volatile long newestBeat;

  /** The newest transaction that was told of. */
  long seen() {
    return seen;
  }

  void heardOf(long zxid) {
    seen = Math.max(seen, zxid);
  }

  /** The newest commit of any node that was told of. Any thread may ask. */
  long newestBeat() {
    return newestBeat;
  }

  void heardOfBeat(long zxid) {
    newestBeat = Math.max(newestBeat, zxid);
  }

  /** The one whose events come now. */
  Group at(long zxid) {
    Group current = open;
    if (current != null && current.zxid == zxid) {
      return current;
    }
    closeOpen();
    Group group = new Group(zxid);
    groups.add(group);
    open = group;
    return group;
  }

  /** An answer comes between two transactions, and so does the event of another one. */
  void closeOpen() {
    Group current = open;
    if (current != null) {
      current.closed = true;
      heardOf(current.zxid);
      open = null;
    }
  }

  /** False while events of a transaction may be missing. */
  boolean isBetween() {
    return open == null;
  }

  @Nullable Group newest() {
    return groups.peekLast();
  }

  /** The oldest, when it is complete: then all before it have been applied. Null when it is not. */
  @Nullable Group nextComplete() {
    Group head = groups.peekFirst();
    return head != null && head.isComplete() ? groups.removeFirst() : null;
  }

  /** Forgets them all; returns who waits for them. */
  List<CompletableFuture<Long>> forget() {
    List<CompletableFuture<Long>> waiting = new ArrayList<>();
    groups.forEach(group -> waiting.addAll(group.waiting));
    groups.clear();
    open = null;
    return waiting;
  }
}
