// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.lock;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Table;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.LockBodies;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "ls",
    description = "List the locks that are held or waited for.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast lock ls", "  holdfast lock ls jobs/ --json"})
final class LockLsCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PREFIX",
      description = "How their names begin. Default: all.")
  private String prefix = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  LockLsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      List<LockBodies.View> locks = all(rest);
      if (output.json()) {
        terminal.json(Map.of("locks", locks));
      } else {
        table(locks).lines().forEach(terminal::line);
      }
      return ExitCode.OK.code();
    }
  }

  private List<LockBodies.View> all(RestClient rest) {
    List<LockBodies.View> locks = new ArrayList<>();
    String after = "";
    while (true) {
      LockBodies.Page page =
          rest.read(
              RestRequest.of(
                  "GET",
                  "/v1/locks?prefix="
                      + UriText.component(prefix)
                      + (after.isEmpty() ? "" : "&after=" + UriText.component(after))),
              LockBodies.Page.class);
      locks.addAll(page.locks());
      String next = page.next() == null ? "" : page.next();
      if (next.isEmpty() || next.equals(after)) {
        return locks;
      }
      after = next;
    }
  }

  static Table table(List<LockBodies.View> locks) {
    Table table = new Table("LOCK", "MODE", "TOKEN", "HOLDER", "SESSION", "WAITING");
    for (LockBodies.View lock : locks) {
      String waiting = Long.toString(lock.waiting());
      if (lock.holders().isEmpty()) {
        table.row(lock.lock(), "-", "-", "-", "-", waiting);
      }
      for (LockBodies.Holder holder : lock.holders()) {
        table.row(
            lock.lock(),
            holder.mode().text(),
            Long.toString(holder.token()),
            holder.holder(),
            holder.session(),
            waiting);
      }
    }
    return table;
  }
}
