// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Which observer gets a free seat: the one whose value of a label the voters have least often. */
final class SeatChoice {
  private SeatChoice() {}

  /**
   * @param labels by node; a node without the label counts as one more value
   * @return the first by id among those that spread best; empty without candidates
   */
  static Optional<String> choose(
      Set<String> candidates,
      Collection<String> voters,
      Map<String, Map<String, String>> labels,
      String label) {
    Map<String, Long> taken =
        voters.stream()
            .collect(Collectors.groupingBy(id -> value(labels, id, label), Collectors.counting()));
    return candidates.stream()
        .min(
            Comparator.comparing((String id) -> taken.getOrDefault(value(labels, id, label), 0L))
                .thenComparing(Comparator.naturalOrder()));
  }

  private static String value(Map<String, Map<String, String>> labels, String id, String label) {
    return labels.getOrDefault(id, Map.of()).getOrDefault(label, "");
  }
}
