// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.ProgressBar;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.ProblemException;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.ObjectBodies;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes objects. */
@Command(
    name = "rm",
    description = {
      "Delete objects, or with -r prefixes and all that is below them.",
      "",
      "What is not there is named, all else is deleted, and the exit code is 3."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast rm docs/report.pdf docs/draft.pdf",
      "  holdfast rm -r backup/photos",
    })
final class RmCommand implements Callable<Integer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "KEY",
      description = "Keys; with -r prefixes in the sense of folders.")
  private List<String> names = List.of();

  @Option(
      names = {"-r", "--recursive"},
      description = "Also all keys below KEY/.")
  private boolean recursive;

  @Option(
      names = "--fence",
      paramLabel = "LOCK;TOKEN",
      description = "Refuse the deletion when the lock has moved on.")
  private String fence = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;
  private final LongAdder provisional = new LongAdder();

  RmCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    names.forEach(this::requireKey);
    try (RestClient rest = servers.connect(terminal)) {
      ObjectsClient objects = new ObjectsClient(rest);
      Refusals refused = new Refusals();
      Set<String> keys = new LinkedHashSet<>();
      for (String name : names) {
        List<String> found =
            recursive ? below(rest, objects, KeyPrefix.clean(name)) : List.of(name);
        if (found.isEmpty()) {
          refused.add(name, "there is no such object and none below it");
        }
        keys.addAll(found);
      }
      List<String> deleted = deleteAll(objects, List.copyOf(keys), refused);
      return report(deleted, refused.list());
    }
  }

  private void requireKey(String name) {
    if (KeyPrefix.clean(name).isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE, "'" + name + "' would delete everything", "name a key or a prefix");
    }
    if (!recursive && name.endsWith("/")) {
      throw new CommandException(
          ExitCode.USAGE, "'" + name + "' is a prefix", "-r deletes all that is below it");
    }
  }

  private List<String> deleteAll(ObjectsClient objects, List<String> keys, Refusals refused) {
    Set<String> deleted = ConcurrentHashMap.newKeySet();
    try (ProgressBar bar = new ProgressBar(terminal, "rm", keys.size(), 0, terminal.nanos())) {
      ParallelWork.forEach(
          keys,
          key -> {
            if (delete(objects, key, refused)) {
              deleted.add(key);
            }
            bar.finishedItem();
          });
    }
    return keys.stream().filter(deleted::contains).toList();
  }

  /** What a listing had and is gone now was deleted by somebody else, which is as good. */
  private boolean delete(ObjectsClient objects, String key, Refusals refused) {
    try {
      if (objects.delete(key, WriteTerms.fenced(fence)).isProvisional()) {
        provisional.increment();
      }
      return true;
    } catch (ProblemException e) {
      if (e.problem().status() != 404) {
        throw e;
      }
      if (!recursive) {
        refused.add(key, "there is no such object");
      }
      return recursive;
    }
  }

  private int report(List<String> deleted, List<Refusals.Refusal> notFound) {
    if (output.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("deleted", deleted);
      document.put("provisional", provisional.sum());
      document.put("notFound", notFound.stream().map(Refusals.Refusal::name).toList());
      terminal.json(document);
    } else if (deleted.size() == 1) {
      terminal.line("deleted " + deleted.getFirst());
    } else if (!deleted.isEmpty()) {
      terminal.line("deleted " + deleted.size() + " objects");
    }
    WriteReport.notePartOf(terminal, provisional.sum(), "deletions");
    Refusals.show(terminal, "cannot delete", notFound);
    return (notFound.isEmpty() ? ExitCode.OK : ExitCode.NOT_FOUND).code();
  }

  private List<String> below(RestClient rest, ObjectsClient objects, String prefix) {
    return ListingGap.requireNoGap(terminal, rest, KeyPrefix.list(objects, prefix))
        .objects()
        .stream()
        .map(ObjectBodies.Info::key)
        .toList();
  }
}
