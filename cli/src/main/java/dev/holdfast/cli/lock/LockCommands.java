// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.lock;

import dev.holdfast.cli.terminal.Terminal;
import picocli.CommandLine;

/** {@code lock} with its subcommands. */
public final class LockCommands {
  private LockCommands() {}

  public static CommandLine tree(Terminal terminal) {
    return new CommandLine(new LockCommand(terminal))
        .addSubcommand(new LockLsCommand(terminal))
        .addSubcommand(new LockShowCommand(terminal));
  }
}
