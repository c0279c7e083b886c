// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.policy;

import dev.holdfast.cli.policy.DiagramCommand.Format;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.policy.CompiledMachine;
import dev.holdfast.policy.MachineDiagram;
import dev.holdfast.policy.MachineDiff;
import dev.holdfast.policy.MachineDiff.Difference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code diagram} and {@code diff} do. */
final class PolicyViews {
  private final Terminal terminal;
  private final boolean json;

  PolicyViews(Terminal terminal, boolean json) {
    this.terminal = terminal;
    this.json = json;
  }

  ExitCode diagram(String file, String name, Format format) {
    CompiledMachine machine = new PolicyFiles(terminal).machine(file, name);
    MachineDiagram diagram = new MachineDiagram(machine);
    String text =
        switch (format) {
          case mermaid -> diagram.mermaid();
          case dot -> diagram.dot();
        };
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("machine", machine.name());
      document.put("format", format.name());
      document.put("text", text);
      terminal.json(document);
    } else {
      text.lines().forEach(terminal::line);
    }
    return ExitCode.OK;
  }

  ExitCode diff(String before, String after) {
    PolicyFiles files = new PolicyFiles(terminal);
    CompiledMachine old = files.machine(before, "");
    CompiledMachine next = files.machine(after, "");
    List<Difference> differences = MachineDiff.between(old, next);
    boolean compatible = differences.stream().allMatch(Difference::isCompatible);
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("compatible", compatible);
      document.put("before", old.hash());
      document.put("after", next.hash());
      document.put("differences", differences.stream().map(PolicyViews::shown).toList());
      terminal.json(document);
    } else {
      differences.forEach(difference ->
          terminal.line(
              "%s %s: %s"
                  .formatted(
                      difference.isCompatible() ? "compatible  " : "incompatible",
                      difference.code(),
                      difference.message())));
      terminal.line(
          differences.isEmpty()
              ? "the same machine"
              : compatible
                  ? "compatible"
                  : "not compatible with what there is of the version before");
    }
    return compatible ? ExitCode.OK : ExitCode.REFUSED;
  }

  private static Map<String, Object> shown(Difference difference) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("code", difference.code().name());
    document.put("compatible", difference.isCompatible());
    document.put("message", difference.message());
    return document;
  }
}
