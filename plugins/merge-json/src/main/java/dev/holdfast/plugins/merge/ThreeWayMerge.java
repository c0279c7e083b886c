// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.merge;

import dev.holdfast.plugins.merge.JsonTree.Members;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Merges two values that come from a third one, where each place was changed on one side at most,
 * or on both in the same way. Objects are merged member by member; all other values are whole,
 * arrays too: where an element went says nothing without a name.
 */
final class ThreeWayMerge {
  private ThreeWayMerge() {}

  sealed interface Result {
    /**
     * @param value empty when the member is gone
     */
    record Merged(Optional<JsonTree> value) implements Result {}

    /**
     * @param pointer to the value in the document (RFC 6901)
     * @param what happened there
     */
    record Conflict(String pointer, String what) implements Result {}
  }

  static Result merge(JsonTree ancestor, JsonTree head, JsonTree branch) {
    return merge("", Optional.of(ancestor), Optional.of(head), Optional.of(branch));
  }

  /** Each is empty where the member does not exist. */
  private static Result merge(
      String pointer,
      Optional<JsonTree> ancestor,
      Optional<JsonTree> head,
      Optional<JsonTree> branch) {
    if (head.equals(branch) || branch.equals(ancestor)) {
      return new Result.Merged(head);
    }
    if (head.equals(ancestor)) {
      return new Result.Merged(branch.map(tree -> inOrderOf(head, tree)));
    }
    if (head.isEmpty() || branch.isEmpty()) {
      return new Result.Conflict(pointer, "was deleted on one side and changed on the other");
    }
    if (ancestor.orElse(null) instanceof Members from
        && head.get() instanceof Members one
        && branch.get() instanceof Members other) {
      return members(pointer, from.members(), one.members(), other.members());
    }
    String what = ancestor.isEmpty() ? "was added" : "was changed";
    return new Result.Conflict(pointer, what + " on both sides in different ways");
  }

  /** The order of members says nothing, so a branch that changed it did not change anything. */
  private static JsonTree inOrderOf(Optional<JsonTree> order, JsonTree tree) {
    if (!(order.orElse(null) instanceof Members(var like)
        && tree instanceof Members(var members))) {
      return tree;
    }
    Set<String> names = new LinkedHashSet<>(like.keySet());
    names.retainAll(members.keySet());
    names.addAll(members.keySet());
    Map<String, JsonTree> ordered = new LinkedHashMap<>();
    for (String name : names) {
      Optional.ofNullable(members.get(name))
          .ifPresent(
              value -> ordered.put(name, inOrderOf(Optional.ofNullable(like.get(name)), value)));
    }
    return new Members(ordered);
  }

  private static Result members(
      String pointer,
      Map<String, JsonTree> ancestor,
      Map<String, JsonTree> head,
      Map<String, JsonTree> branch) {
    Map<String, JsonTree> merged = new LinkedHashMap<>();
    Set<String> names = new LinkedHashSet<>(head.keySet());
    names.addAll(branch.keySet());
    for (String name : names) {
      Result result =
          merge(
              pointer + "/" + name.replace("~", "~0").replace("/", "~1"),
              Optional.ofNullable(ancestor.get(name)),
              Optional.ofNullable(head.get(name)),
              Optional.ofNullable(branch.get(name)));
      switch (result) {
        case Result.Merged(var value) -> value.ifPresent(known -> merged.put(name, known));
        case Result.Conflict conflict -> {
          return conflict;
        }
      }
    }
    return new Result.Merged(Optional.of(new Members(merged)));
  }
}
