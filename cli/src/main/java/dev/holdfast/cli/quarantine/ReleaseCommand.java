// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.quarantine;

import dev.holdfast.cli.terminal.Terminal;
import picocli.CommandLine.Command;

/** Brings a version back that was set aside. */
@Command(
    name = "release",
    description = {
      "Make a version that is set aside an ordinary one again.",
      "",
      "The cluster agrees on it when the key has no head, or it comes after that; else it is a branch,"
          + " for 'holdfast merge'. It gets a new id when what it rested on is forgotten."
    },
    footerHeading = "%nExamples:%n",
    footer = "  holdfast quarantine release plan.md 51ab90")
final class ReleaseCommand extends SettleCommand {
  ReleaseCommand(Terminal terminal) {
    super(terminal, "POST", "released");
  }
}
