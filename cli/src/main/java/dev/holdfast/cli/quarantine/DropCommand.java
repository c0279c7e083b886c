// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.quarantine;

import dev.holdfast.cli.terminal.Terminal;
import picocli.CommandLine.Command;

/** Deletes a version that was set aside. */
@Command(
    name = "drop",
    description = {"Delete a version that is set aside, for good."},
    footerHeading = "%nExamples:%n",
    footer = "  holdfast quarantine drop plan.md 51ab90")
final class DropCommand extends SettleCommand {
  DropCommand(Terminal terminal) {
    super(terminal, "DELETE", "dropped");
  }
}
