// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A plugin is not fit to be installed or loaded. Nothing was changed; the same again fails again.
 */
public final class PluginRefusedException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<PluginProblem> problems;

  PluginRefusedException(List<PluginProblem> problems) {
    super(problems.stream().map(PluginProblem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  PluginRefusedException(String file, String message) {
    this(List.of(PluginProblem.of(file, message)));
  }

  /** All of them, not only the first. */
  public List<PluginProblem> problems() {
    return problems;
  }
}
