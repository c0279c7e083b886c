// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.terminal.Terminal;
import java.util.List;

/** The commands of this package. */
public final class LocalCommands {
  private LocalCommands() {}

  /**
   * @param program what {@code up} starts
   */
  public static List<Object> all(Terminal terminal, NodeProgram program) {
    return List.of(
        new UpCommand(terminal, program),
        new DownCommand(terminal),
        new NodeCommand(),
        new BenchCommand(terminal),
        new WarmUpCommand(terminal));
  }
}
