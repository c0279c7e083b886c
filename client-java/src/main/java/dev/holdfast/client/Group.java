// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.ElectionBodies;
import dev.holdfast.protocol.HolderNames;
import dev.holdfast.protocol.LockMode;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A group whose members are there as long as their sessions live. Each member holds a lock of its
 * own, {@code ~group/NAME/MEMBER}, so an id has one member at a time. Immutable, thread-safe.
 */
public final class Group {
  private final SessionLink link;
  private final String name;

  Group(SessionLink link, String name) {
    this.link = link;
    this.name = name;
  }

  public String name() {
    return name;
  }

  /**
   * Joins, or is refused when there is a member of this id.
   *
   * @param member 1 to 64 bytes, without a slash
   * @param data what others should know, at most 4 KiB of UTF-8
   * @throws WaitTimeoutException when there is a member of this id, which may be one of an earlier
   *     run that has not expired yet: use {@link #join(String, String, Duration)} to wait for that
   */
  public Membership join(String member, String data) throws InterruptedException {
    return join(member, data, Duration.ZERO);
  }

  /**
   * Joins, once the member of this id has gone.
   *
   * @param wait at most so long
   * @throws WaitTimeoutException when there still is another member of this id
   */
  public Membership join(String member, String data, Duration wait) throws InterruptedException {
    Labels.check("a member", member, List.of("/"));
    String lock = HolderNames.memberLock(name, member);
    Hold hold =
        Hold.await(
            link, link.acquire(new Ask(lock, LockMode.EXCLUSIVE, wait, member, Duration.ZERO)));
    Membership joined = new Membership(name, member, new Leadership(lock, hold));
    try {
      joined.update(data);
    } catch (InterruptedException | RuntimeException e) {
      joined.leave();
      throw e;
    }
    return joined;
  }

  /**
   * The members now, by id, linearizably: all who were members during the whole call are there.
   *
   * @throws UnavailableException when no node answered
   */
  public SortedMap<String, GroupMember> members() {
    ElectionBodies.Group now =
        link.runtime().read("/v1/groups/" + UriText.path(name), ElectionBodies.Group.class);
    SortedMap<String, GroupMember> members = new TreeMap<>();
    now.members()
        .forEach(one ->
            members.put(
                one.member(),
                new GroupMember(one.member(), one.session(), one.data(), one.token())));
    return members;
  }

  /**
   * Tells all members first, then who joins, leaves or changes its data, on the events thread.
   * Changes that follow each other quickly may be told as one, and who joined and left in between
   * may be missed; the newest state is always told.
   *
   * @throws SessionLostException when the session has ended
   */
  public Observation watch(Consumer<GroupChange> listener) {
    Told told = new Told();
    return new Observation(
        link,
        link.watch(
            HolderNames.groupPrefix(name),
            true,
            watcher -> {
              SortedMap<String, GroupMember> now = new TreeMap<>();
              link.present(watcher).stream()
                  .map(GroupMember::of)
                  .forEach(member -> now.put(member.id(), member));
              GroupChange change = GroupChange.between(told.members, now);
              if (!told.ever || !change.isEmpty()) {
                told.ever = true;
                told.members = now;
                listener.accept(change);
              }
            }));
  }

  /** Of the events thread only. */
  private static final class Told {
    SortedMap<String, GroupMember> members = new TreeMap<>();
    boolean ever;
  }
}
