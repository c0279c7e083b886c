// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every command takes. */
public final class OutputOptions {
  @Option(
      names = "--json",
      description = "Print one JSON document on stdout; everything else goes to stderr.")
  private boolean json;

  @SuppressWarnings("unused") // Read by picocli.
  @Mixin
  private HelpOption help = new HelpOption();

  public boolean json() {
    return json;
  }
}
