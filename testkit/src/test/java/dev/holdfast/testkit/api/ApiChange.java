// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.api;

import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How two surfaces differ.
 *
 * @param breaking what is gone or changed, and abstract methods that are new in a type which others
 *     implement
 * @param added everything else that is new
 */
record ApiChange(List<String> breaking, List<String> added) {
  static ApiChange between(SortedSet<String> before, SortedSet<String> now) {
    Set<String> types = before.stream().map(ApiChange::typeOf).collect(Collectors.toSet());
    List<String> gone = before.stream().filter(line -> !now.contains(line)).toList();
    List<String> fresh = now.stream().filter(line -> !before.contains(line)).toList();
    List<String> demanded =
        fresh.stream()
            .filter(line ->
                line.contains(": public abstract ") || line.contains(": protected abstract "))
            .filter(line -> line.contains("(") && types.contains(typeOf(line)))
            .filter(line -> !isSealed(typeOf(line), now))
            .toList();
    return new ApiChange(
        Stream.concat(
                gone.stream().map(line -> "- " + line), demanded.stream().map(line -> "+ " + line))
            .toList(),
        fresh.stream().filter(line -> !demanded.contains(line)).map(line -> "+ " + line).toList());
  }

  /** Nobody outside implements it. */
  private static boolean isSealed(String type, SortedSet<String> now) {
    return now.stream().anyMatch(line -> typeOf(line).equals(type) && line.contains(" permits "));
  }

  private static String typeOf(String line) {
    return line.substring(0, line.indexOf(": "));
  }

  boolean isNone() {
    return breaking.isEmpty() && added.isEmpty();
  }
}
