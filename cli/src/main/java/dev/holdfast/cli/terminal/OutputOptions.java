package dev.holdfast.cli.terminal;

import picocli.CommandLine.Option;

/** What every command takes. */
public final class OutputOptions {
  @Option(
      names = "--json",
      description = "Print one JSON document on stdout; everything else goes to stderr.")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  public boolean json() {
    return json;
  }

  boolean help() {
    return help;
  }
}
