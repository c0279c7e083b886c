// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import dev.holdfast.cli.terminal.HelpOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The top of the command tree. */
@Command(
    name = "holdfast",
    versionProvider = HoldfastVersion.class,
    description =
        "Versioned objects, sessions and fair locks with fencing tokens, on a cluster that survives its nodes.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast up                             start three nodes on this machine",
      "  holdfast put ./photos backup/photos     store a folder",
      "  holdfast get backup/photos ./restored   bring it back",
      "  holdfast lock nightly --ttl 10s -- ./job.sh",
      "",
      "Exit codes: 0 ok, 2 usage, 3 not found, 4 refused, 5 unavailable, 6 outcome unknown, 7 lock lost.",
    })
final class HoldfastCommand {
  @SuppressWarnings("unused") // Read by picocli.
  @Mixin
  private HelpOption help = new HelpOption();

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  private boolean version;

  boolean help() {
    return help.help() || version;
  }
}
