// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.holdfast.cli.FakeCluster;
import dev.holdfast.cli.Shell;
import dev.holdfast.cli.objects.FolderWalk.Item;
import dev.holdfast.cli.terminal.ProgressBar;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.cli.terminal.Tty;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.ServerAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** One bad entry of a folder is named, and all else is done. */
final class FolderFaultsTest {
  @TempDir private Path temp = Path.of("");
  private final FakeCluster cluster;
  private Path source = temp;
  private Path target = temp;

  FolderFaultsTest() throws IOException {
    cluster = new FakeCluster();
  }

  @BeforeEach
  void folders() throws IOException {
    source = Files.createDirectory(temp.resolve("source"));
    target = temp.resolve("target");
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private Shell.Result run(String... command) {
    return Shell.in(temp)
        .run(
            Stream.concat(Stream.of(command), Stream.of("--server", cluster.url()))
                .toArray(String[]::new));
  }

  private Shell.Result put(String... more) {
    return run(
        Stream.concat(Stream.of("put", source.toString(), "p"), Stream.of(more))
            .toArray(String[]::new));
  }

  private Shell.Result get(String... more) {
    return run(
        Stream.concat(Stream.of("get", "p", target.toString()), Stream.of(more))
            .toArray(String[]::new));
  }

  private Path write(String name, String content) throws IOException {
    Path file = source.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  private static List<String> names(String json, String field) {
    return Terminal.JSON
        .readTree(json)
        .path(field)
        .valueStream()
        .map(entry -> entry.isObject() ? entry.path("name").asString() : entry.asString())
        .toList();
  }

  @Test
  void fileThatShrinksIsNamedAndOneThatGrowsIsStoredAsItWas() throws IOException {
    Path file = write("f", "0123456789");
    FileFacts facts = FileFacts.ofFile(file);
    Path gone = source.resolve("gone");
    List<Item> items =
        List.of(
            new Item("shrunk", facts, Content.of(file, 1_000_000)),
            new Item("grown", facts, Content.of(file, 4)),
            new Item("gone", facts, Content.of(gone, 5)),
            new Item("same", facts, Content.of(file)));

    FolderUpload.Done done;
    try (RestClient rest =
        new RestClient(
            ServerAddress.parseAll(cluster.url() + ",http://127.0.0.1:1"),
            Duration.ofSeconds(5),
            System::nanoTime)) {
      ProgressBar bar = new ProgressBar(silent(), "put", 4, 0, System::nanoTime);
      done =
          new FolderUpload(new ObjectsClient(rest), WriteTerms.fenced(""))
              .run("p", items, List.of(), total -> bar);
    }

    assertThat(done.refused()).extracting(Refusals.Refusal::name).containsExactly("gone", "shrunk");
    assertThat(cluster.keys()).containsExactly("p/grown", "p/same");
    assertThat(cluster.content("p/grown")).isEqualTo("0123");
  }

  private Terminal silent() {
    return new Terminal(
        System.in,
        System.out,
        System.err,
        Map.of(),
        temp,
        temp,
        Tty.of(""),
        "holdfast",
        java.time.InstantSource.system(),
        System::nanoTime);
  }

  @Test
  void keyThatIsTooLongIsNamed() throws IOException {
    String deep = String.join("/", java.util.Collections.nCopies(5, "d".repeat(220)));
    write(deep + "/f", "too deep");
    write("z", "fine");

    Shell.Result put = put("--json");

    assertThat(put.exitCode()).as(put.err()).isEqualTo(4);
    assertThat(names(put.out(), "refused")).containsExactly(deep, deep + "/f");
    assertThat(put.err()).contains("BAD_KEY");
    assertThat(cluster.keys()).contains("p/z");
  }

  @Test
  void whatThisUserMayNotReadIsNamed() throws IOException {
    assumeFalse(System.getProperty("user.name").equals("root"), "root reads everything");
    Files.setPosixFilePermissions(write("f", "x"), PosixFilePermissions.fromString("---------"));
    Path closed = write("closed/x", "x").getParent();
    write("z", "fine");
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));

    Shell.Result put = put("--delete", "--json");
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));

    assertThat(put.exitCode()).as(put.err()).isEqualTo(4);
    assertThat(names(put.out(), "refused")).containsExactly("closed", "f");
    assertThat(put.err()).contains("f: permission denied").doesNotContain("server");
    assertThat(cluster.keys()).containsExactly("p", "p/z");
  }

  @Test
  void singleFileThatCannotBeReadIsNoFaultOfAServer() throws IOException {
    assumeFalse(System.getProperty("user.name").equals("root"), "root reads everything");
    Path file = write("f", "x");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));

    Shell.Result put = run("put", file.toString(), "k");

    assertThat(put.exitCode()).isEqualTo(4);
    assertThat(put.err()).contains("permission denied").contains("nothing was stored");
    assertThat(cluster.count("PUT")).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"+1000000000-12-31T23:59:59.999999999Z", "2262-04-12T00:00:00Z", "yesterday", ""})
  void timeThatNoFileHasIsNamedAndTheRestRestored(String time) {
    cluster.plant("p/odd", "bytes", Map.of("type", "file", "mode", "0600", "mtime", time));
    cluster.plant("p/mode", "bytes", Map.of("type", "file", "mode", "9", "mtime", time));
    cluster.plant("p/link", "odd", Map.of("type", "symlink", "mode", "0777", "mtime", time));
    cluster.plant("p/sub", "", Map.of("type", "folder", "mode", "0755", "mtime", time));
    cluster.plant("p/z", "fine", Map.of("type", "invoice"));

    Shell.Result get = get("--json");

    assertThat(get.exitCode()).as(get.err()).isEqualTo(4);
    assertThat(names(get.out(), "refused")).containsExactly("link", "mode", "odd", "sub");
    assertThat(target.resolve("odd")).hasContent("bytes");
    assertThat(target.resolve("link")).isSymbolicLink();
    assertThat(target.resolve("sub")).isDirectory();
    assertThat(target.resolve("z")).hasContent("fine");
  }

  @Test
  void timeBefore1970IsKeptToTheSecond() throws IOException {
    cluster.plant(
        "p/old", "x", Map.of("type", "file", "mode", "0600", "mtime", "1960-01-01T00:00:00.25Z"));

    assertThat(get().exitCode()).isZero();

    assertThat(Files.getLastModifiedTime(target.resolve("old")).toInstant())
        .isEqualTo("1960-01-01T00:00:00Z");
  }

  @Test
  void objectThatIsGoneMeanwhileAndNameThatIsTooLongAreNamed() {
    cluster.plant("p/gone", "bytes", Map.of());
    cluster.fail("/v1/objects/p/gone", 404, "NOT_FOUND");
    cluster.plant("p/" + "n".repeat(300), "bytes", Map.of());
    cluster.plant("p/long", "x".repeat(5000), Map.of("type", "symlink"));
    cluster.plant("p/z", "fine", Map.of());

    Shell.Result get = get("--json");

    assertThat(get.exitCode()).as(get.err()).isEqualTo(4);
    assertThat(names(get.out(), "refused")).contains("gone", "n".repeat(300), "long");
    assertThat(target.resolve("z")).hasContent("fine");
  }

  @Test
  void folderThatBecameAFileComesBackAsItWasPutLast() throws IOException {
    write("a/x", "old");
    put();
    Files.delete(source.resolve("a/x"));
    Files.delete(source.resolve("a"));
    write("a", "new");

    Shell.Result put = put("--json");
    Shell.Result get = get("--json");

    assertThat(put.exitCode()).as(put.err()).isZero();
    assertThat(names(put.out(), "stale")).containsExactly("p/a/x");
    assertThat(put.err()).contains("--delete");
    assertThat(get.exitCode()).as(get.err()).isZero();
    assertThat(names(get.out(), "replaced")).containsExactly("a/x");
    assertThat(target.resolve("a")).hasContent("new");
  }

  @Test
  void fileThatBecameAFolderComesBackAsItWasPutLast() throws IOException {
    write("a", "old");
    put();
    Files.delete(source.resolve("a"));
    write("a/x", "new");
    put();

    Shell.Result get = get();

    assertThat(get.exitCode()).as(get.err()).isZero();
    assertThat(target.resolve("a/x")).hasContent("new");
  }

  @Test
  void keysThatNoFolderCanHaveTogetherAreNamed() {
    cluster.plant("p/a", "older", Map.of());
    cluster.plant("p/a/x", "newer", Map.of());
    cluster.plant("p/b/x", "older", Map.of());
    cluster.plant("p/b", "newer", Map.of());

    Shell.Result get = get("--json");

    assertThat(get.exitCode()).as(get.err()).isEqualTo(4);
    assertThat(names(get.out(), "refused")).containsExactly("a", "b/x");
    assertThat(target.resolve("a/x")).hasContent("newer");
    assertThat(target.resolve("b")).hasContent("newer");
  }

  @Test
  void deleteRemovesWhatTheFolderDoesNotHaveAndNothingElse() throws IOException {
    write("stays", "1");
    write("gone", "1");
    write("sub/gone", "1");
    write("cache/kept", "1");
    put();
    cluster.plant("p2", "a neighbour", Map.of());
    cluster.plant("other", "a neighbour", Map.of());
    for (String name : List.of("gone", "sub/gone", "sub", "cache/kept")) {
      Files.delete(source.resolve(name));
    }

    Shell.Result put = put("--delete", "--exclude", "cache", "--json");

    assertThat(put.exitCode()).as(put.err()).isZero();
    assertThat(names(put.out(), "deleted")).containsExactly("p/gone", "p/sub", "p/sub/gone");
    assertThat(cluster.keys())
        .containsExactly("other", "p", "p/cache", "p/cache/kept", "p/stays", "p2");
    assertThat(get().exitCode()).isZero();
    assertThat(target.resolve("gone")).doesNotExist();
  }

  @Test
  void excludedNamesAreNotStored() throws IOException {
    for (String name :
        List.of("a.tmp", "sub/b.tmp", "build/x", "sub/build/y", "src/gen/z", "src/keep")) {
      write(name, "1");
    }

    Shell.Result put = put("--exclude", "*.tmp", "--exclude", "/build/", "--exclude", "src/**/z");

    assertThat(put.exitCode()).as(put.err()).isZero();
    assertThat(cluster.keys())
        .containsExactly(
            "p", "p/src", "p/src/gen", "p/src/keep", "p/sub", "p/sub/build", "p/sub/build/y");
    assertThat(put("--exclude", "[").exitCode()).isEqualTo(2);
  }

  @Test
  void unfinishedDownloadsAreNotStored() throws IOException {
    write(".holdfast-" + UUID.randomUUID() + ".part", "half");
    write(".holdfast-notes.part", "mine");

    Shell.Result put = put();

    assertThat(put.exitCode()).as(put.err()).isZero();
    assertThat(put.err()).contains("1 unfinished");
    assertThat(cluster.keys()).containsExactly("p", "p/.holdfast-notes.part");
  }

  @Test
  void modesHardLinksAndOutsideLinksComeBack() throws Exception {
    Path first = write("sub/first", "shared");
    Files.createLink(source.resolve("second"), first);
    Files.createLink(source.resolve("a-third"), first);
    write("alone", "shared");
    FileFacts.setMode(write("program", "#!"), 06755);
    FileFacts.setMode(Files.createDirectory(source.resolve("box")), 03777);
    Files.createSymbolicLink(source.resolve("hosts"), Path.of("/etc/hosts"));
    FileTime old = FileTime.from(Instant.parse("2001-02-03T04:05:06.123456789Z"));
    Files.setLastModifiedTime(first, old);

    Shell.Result put = put("--outside-links", "keep");
    Shell.Result again = put("--outside-links", "keep", "--json");
    Shell.Result refused = get("--json");
    Shell.Result get = get("--outside-links", "keep", "--set-id", "--json");

    assertThat(put.exitCode()).as(put.err()).isZero();
    assertThat(Terminal.JSON.readTree(again.out()).path("uploaded").asInt()).isZero();
    assertThat(cluster.content("p/second")).as("readable by itself").isEqualTo("shared");
    assertThat(names(refused.out(), "refused")).containsExactly("hosts");
    assertThat(refused.err()).contains("set-user-id and set-group-id of 1 files");
    JsonNode done = Terminal.JSON.readTree(get.out());
    assertThat(get.exitCode()).as(get.err()).isZero();
    assertThat(done.path("bytes").asLong()).as("the second time").isZero();
    assertThat(FileFacts.mode(target.resolve("program"))).isEqualTo(06755);
    assertThat(FileFacts.mode(target.resolve("box"))).isEqualTo(03777);
    assertThat(Files.readSymbolicLink(target.resolve("hosts"))).isEqualTo(Path.of("/etc/hosts"));
    assertThat(UnixFile.read(target.resolve("second")).names()).isEqualTo(3);
    assertThat(UnixFile.read(target.resolve("alone")).names()).isEqualTo(1);
    assertThat(target.resolve("a-third")).hasContent("shared");
    assertThat(Files.isSameFile(target.resolve("sub/first"), target.resolve("second"))).isTrue();
    assertThat(Files.getLastModifiedTime(target.resolve("second"))).isEqualTo(old);
  }

  @Test
  void setIdBitsAreNotRestoredUnasked() {
    cluster.plant(
        "p/su", "#!", Map.of("type", "file", "mode", "4755", "mtime", "2026-01-01T00:00:00Z"));

    Shell.Result get = get();
    Shell.Result single = run("get", "p/su", temp.resolve("su").toString());

    assertThat(get.exitCode() + single.exitCode()).isZero();
    assertThat(target.resolve("su")).exists();
    assertThat(List.of(get.err(), single.err())).allMatch(err -> err.contains("--set-id"));
    assertThat(Stream.of(target.resolve("su"), temp.resolve("su")))
        .allMatch(file -> modeOf(file) == 0755);
  }

  private static int modeOf(Path file) {
    try {
      return FileFacts.mode(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void fileWithAnotherNameElsewhereIsReplacedAndNotChanged() throws IOException {
    write("f", "same");
    FileFacts.setMode(source.resolve("f"), 0600);
    put();
    Files.createDirectories(target);
    Path elsewhere = Files.writeString(temp.resolve("elsewhere"), "same");
    FileFacts.setMode(elsewhere, 0644);
    Files.createLink(target.resolve("f"), elsewhere);

    assertThat(get().exitCode()).isZero();

    assertThat(FileFacts.mode(elsewhere)).isEqualTo(0644);
    assertThat(FileFacts.mode(target.resolve("f"))).isEqualTo(0600);
  }
}
