// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.MachineTransition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The shortest way to each state, by names of transitions; guards are taken to hold. */
public final class MachinePaths {
  private MachinePaths() {}

  /** In the order in which they are reached. */
  public static Map<String, List<String>> shortest(MachineSchema schema) {
    Map<String, List<String>> paths = new LinkedHashMap<>();
    Deque<String> next = new ArrayDeque<>();
    String start = schema.initial().orElse(MachineSchema.NONE);
    paths.put(start, List.of());
    next.add(start);
    while (!next.isEmpty()) {
      String state = next.remove();
      List<String> path = paths.getOrDefault(state, List.of());
      for (MachineTransition move : schema.transitions().values()) {
        boolean leaves =
            move.creates() ? state.equals(MachineSchema.NONE) : move.from().contains(state);
        if (leaves) {
          for (MachineTransition.Target target : move.to()) {
            List<String> longer = new ArrayList<>(path);
            longer.add(move.name());
            if (paths.putIfAbsent(target.state(), List.copyOf(longer)) == null) {
              next.add(target.state());
            }
          }
        }
      }
    }
    paths.remove(MachineSchema.NONE);
    return paths;
  }
}
