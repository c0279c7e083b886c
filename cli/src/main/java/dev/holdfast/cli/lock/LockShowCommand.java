// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.lock;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.LockBodies;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "show",
    description = "Show one lock: holders, tokens, waiters. A lock that nobody uses is free.",
    footerHeading = "%nExamples:%n",
    footer = "  holdfast lock show nightly")
final class LockShowCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "NAME", description = "The lock.")
  private String name = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  LockShowCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      LockBodies.View lock =
          rest.read(
              RestRequest.of("GET", "/v1/locks/" + UriText.path(name)), LockBodies.View.class);
      if (output.json()) {
        terminal.json(lock);
        return ExitCode.OK.code();
      }
      LockLsCommand.table(List.of(lock)).lines().forEach(terminal::line);
      for (LockBodies.Waiter waiter : lock.waiters()) {
        terminal.line(
            "%d. %s of session %s waits for %s"
                .formatted(
                    waiter.position(), waiter.holder(), waiter.session(), waiter.mode().text()));
      }
      return ExitCode.OK.code();
    }
  }
}
