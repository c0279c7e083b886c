// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What has changed in a group since the last time that a listener was told.
 *
 * @param members all of them now, by id
 * @param joined ids that are new, or that somebody else has taken over
 * @param left ids of those that are gone
 * @param updated ids whose data is another
 */
public record GroupChange(
    SortedMap<String, GroupMember> members,
    List<String> joined,
    List<String> left,
    List<String> updated) {
  public GroupChange {
    members = new TreeMap<>(members);
    joined = List.copyOf(joined);
    left = List.copyOf(left);
    updated = List.copyOf(updated);
  }

  static GroupChange between(
      SortedMap<String, GroupMember> before, SortedMap<String, GroupMember> now) {
    TreeSet<String> joined = new TreeSet<>();
    TreeSet<String> updated = new TreeSet<>();
    now.forEach((id, member) -> {
      GroupMember known = before.get(id);
      if (known == null || known.token() != member.token()) {
        joined.add(id);
      } else if (!known.data().equals(member.data())) {
        updated.add(id);
      }
    });
    TreeSet<String> left = new TreeSet<>(before.keySet());
    left.removeAll(now.keySet());
    return new GroupChange(now, List.copyOf(joined), List.copyOf(left), List.copyOf(updated));
  }

  boolean isEmpty() {
    return joined.isEmpty() && left.isEmpty() && updated.isEmpty();
  }
}
