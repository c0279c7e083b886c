// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

import picocli.CommandLine.Option;

/** {@code --help}, the same on every command. */
public final class HelpOption {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  public boolean help() {
    return help;
  }
}
