// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.FolderWalk.Item;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.ProgressBar;
import dev.holdfast.cli.terminal.Sizes;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.ProblemException;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.ObjectBodies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Stores folders, or several sources below one prefix, and says what became of each entry. */
final class FolderPut {
  private final Terminal terminal;
  private final RestClient rest;
  private final ObjectsClient objects;
  private final FolderWalk.Choice choice;
  private final boolean delete;
  private final WriteTerms terms;
  private final boolean json;

  FolderPut(
      Terminal terminal,
      RestClient rest,
      ObjectsClient objects,
      FolderWalk.Choice choice,
      boolean delete,
      WriteTerms terms,
      boolean json) {
    this.terminal = terminal;
    this.rest = rest;
    this.objects = objects;
    this.choice = choice;
    this.delete = delete;
    this.terms = terms;
    this.json = json;
  }

  /** What the sources have, and what is stored below their keys. */
  private static final class Gathered {
    private final List<Item> items = new ArrayList<>();
    private final List<ObjectBodies.Info> stored = new ArrayList<>();
    private final List<String> folders = new ArrayList<>();
    private final Refusals refused = new Refusals();
    private long partsPassedOver;
  }

  ExitCode put(Path folder, String prefix) throws IOException {
    Gathered gathered = new Gathered();
    addFolder(gathered, folder, prefix, "");
    // Without a prefix there is no key that could stand for the folder itself.
    gathered.items.removeIf(item -> KeyPrefix.key(prefix, item.name()).isEmpty());
    return store(gathered, prefix);
  }

  ExitCode putAll(List<String> sources, String prefix) throws IOException {
    Gathered gathered = new Gathered();
    Set<String> names = new HashSet<>();
    for (String source : sources) {
      Path path = terminal.resolve(source);
      String name = KeyPrefix.nameOf(path);
      if (!names.add(name)) {
        gathered.refused.add(source, "another source has its name");
      } else if (Files.isDirectory(path)) {
        addFolder(gathered, path, prefix, name);
      } else if (Files.isRegularFile(path)) {
        gathered.refused.attempt(
            source,
            () -> gathered.items.add(new Item(name, FileFacts.ofFile(path), Content.of(path))));
      } else {
        gathered.refused.add(
            source, Files.exists(path) ? "a stream is stored by itself" : "it does not exist");
      }
    }
    String top = prefix.isEmpty() ? "" : prefix + "/";
    gathered.stored.addAll(objects.list(top, "/").objects());
    return store(gathered, prefix);
  }

  private void addFolder(Gathered gathered, Path folder, String prefix, String name)
      throws IOException {
    FolderWalk.Found found = FolderWalk.walk(folder.toRealPath(), choice);
    found.items().forEach(item -> gathered.items.add(item.below(name)));
    found.refused().forEach(r -> gathered.refused.add(KeyPrefix.key(name, r.name()), r.why()));
    gathered.partsPassedOver += found.partsPassedOver();
    String key = KeyPrefix.key(prefix, name);
    ObjectsClient.Listing listing = KeyPrefix.list(objects, key);
    gathered.stored.addAll(
        (delete ? ListingGap.requireNoGap(terminal, rest, listing) : listing).objects());
    gathered.folders.add(key);
  }

  private ExitCode store(Gathered gathered, String prefix) {
    FolderUpload.Done done =
        new FolderUpload(objects, terms)
            .run(
                prefix,
                gathered.items,
                gathered.stored,
                total ->
                    new ProgressBar(
                        terminal, "put", gathered.items.size(), total, terminal.nanos()));
    gathered.refused.addAll(done.refused());
    List<Refusals.Refusal> refused = gathered.refused.list();
    List<String> stale =
        done.stale().stream().filter(key -> isStale(gathered, prefix, key, refused)).toList();
    if (delete) {
      ParallelWork.forEach(stale, this::deleteIfThere);
    }
    report(prefix, done, stale, refused);
    if (gathered.partsPassedOver > 0) {
      terminal.note(
          "holdfast: passed over %d unfinished downloads (.holdfast-*.part)"
              .formatted(gathered.partsPassedOver));
    }
    return Refusals.report(
        terminal, refused, "repeat the command for these; links: see --outside-links");
  }

  /** What could not be looked at may be there, and what is excluded is none of our business. */
  private boolean isStale(
      Gathered gathered, String prefix, String key, List<Refusals.Refusal> refused) {
    return gathered.folders.stream()
            .anyMatch(folder ->
                KeyPrefix.covers(folder, key)
                    && !choice.excludes().coverName(KeyPrefix.below(folder, key)))
        && refused.stream()
            .noneMatch(r ->
                r.name().equals(".") || KeyPrefix.covers(KeyPrefix.key(prefix, r.name()), key));
  }

  private void deleteIfThere(String key) {
    try {
      var _ = objects.delete(key, terms);
    } catch (ProblemException e) {
      if (e.problem().status() != 404) {
        throw e;
      }
    }
  }

  private void report(
      String prefix, FolderUpload.Done done, List<String> stale, List<Refusals.Refusal> refused) {
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("prefix", prefix);
      document.put("uploaded", done.uploaded());
      document.put("unchanged", done.unchanged());
      document.put("provisional", done.provisional());
      document.put("bytes", done.bytes());
      document.put("deleted", delete ? stale : List.of());
      document.put("stale", delete ? List.of() : stale);
      document.put("refused", refused);
      terminal.json(document);
    } else {
      terminal.line(
          "stored %d entries (%s) under %s, %d unchanged%s%s"
              .formatted(
                  done.uploaded(),
                  Sizes.text(done.bytes()),
                  prefix,
                  done.unchanged(),
                  done.provisional() > 0 ? ", " + done.provisional() + " provisional" : "",
                  delete ? ", " + stale.size() + " deleted" : ""));
    }
    WriteReport.notePartOf(terminal, done.provisional(), "entries");
    if (!delete && !stale.isEmpty()) {
      terminal.note(
          "holdfast: %d keys are not in the folder any more and stay, the first is %s"
              .formatted(stale.size(), stale.getFirst()));
      terminal.note("  next: --delete removes them");
    }
  }
}
