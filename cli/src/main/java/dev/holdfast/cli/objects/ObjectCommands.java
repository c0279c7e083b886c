// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.terminal.Terminal;
import java.util.List;

/** The commands of this package. */
public final class ObjectCommands {
  private ObjectCommands() {}

  public static List<Object> all(Terminal terminal) {
    return List.of(
        new PutCommand(terminal),
        new GetCommand(terminal, terminal.clock()),
        new LsCommand(terminal),
        new RmCommand(terminal),
        new LogCommand(terminal),
        new ConflictsCommand(terminal),
        new MergeCommand(terminal),
        new ConfirmCommand(terminal));
  }
}
