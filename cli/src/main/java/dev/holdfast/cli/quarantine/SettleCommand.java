// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.quarantine;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.ObjectBodies;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Decides on a version that was set aside. */
abstract class SettleCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "KEY", description = "A key.")
  private String key = "";

  @Parameters(
      index = "1",
      paramLabel = "VERSION",
      description = "Its id, or a unique beginning; 'quarantine ls' shows them.")
  private String version = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;
  private final String method;
  private final String done;

  /**
   * @param method of the request
   * @param done what became of it, in a word
   */
  SettleCommand(Terminal terminal, String method, String done) {
    this.terminal = terminal;
    this.method = method;
    this.done = done;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      ObjectBodies.Settled settled = new QuarantineClient(rest).settle(method, key, version);
      if (output.json()) {
        terminal.json(settled);
      } else {
        terminal.line(done + " " + settled.key() + " " + settled.version());
      }
      return ExitCode.OK.code();
    }
  }
}
