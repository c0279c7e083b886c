// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.merge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.merge.MergePolicy;
import dev.holdfast.spi.merge.MergePolicy.Declined;
import dev.holdfast.spi.merge.MergePolicy.Merged;
import dev.holdfast.spi.merge.MergePolicy.Outcome;
import dev.holdfast.spi.merge.MergePolicy.Request;
import dev.holdfast.spi.merge.MergePolicy.Side;
import dev.holdfast.testkit.contract.MergePolicyContract;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JsonMergePolicyTest implements MergePolicyContract {
  private static final String BOTH = "on both sides in different ways.";
  private static final String GONE = "was deleted on one side and changed on the other.";

  @Override
  public MergePolicy policy() {
    return new JsonMergePolicy(Set.of("application/json"));
  }

  @Override
  public List<Request> mergeable() {
    return List.of(
        request("{\"a\":1,\"b\":[1,2],\"c\":{}}", "{\"a\":2,\"b\":[1,2],\"c\":{}}", "{\"a\":1}"),
        request("{\"I\":\"ı\"}", "{\"I\":\"ı\",\"x\":1.50}", "{\"I\":\"İ\",\"y\":1e400}"),
        request("[1]", "[1]", "[2]"));
  }

  @ParameterizedTest(name = "{0} <- {1} + {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        // Nobody, one side, both alike.
        "{'a':1} | {'a':1} | {'a':1} | {'a':1}",
        "{'a':1} | {'a':2} | {'a':1} | {'a':2}",
        "{'a':1} | {'a':1} | {'a':2} | {'a':2}",
        "{'a':1} | {'a':2} | {'a':2} | {'a':2}",
        // Members come and go.
        "{} | {'a':1} | {} | {'a':1}",
        "{} | {'a':1} | {'b':2} | {'a':1,'b':2}",
        "{} | {'a':1} | {'a':1} | {'a':1}",
        "{'a':1,'b':2} | {'b':2} | {'a':1,'b':2} | {'b':2}",
        "{'a':1,'b':2} | {'b':2} | {'a':1} | {}",
        "{'a':1} | {} | {} | {}",
        // Objects within objects, deep.
        "{'o':{'a':1,'b':1}} | {'o':{'a':2,'b':1}} | {'o':{'a':1,'b':2}} | {'o':{'a':2,'b':2}}",
        "{'o':{'p':{'a':1}}} | {'o':{'p':{'a':1,'x':1}}} | {'o':{'p':{'a':1,'y':2}}} | {'o':{'p':{'a':1,'x':1,'y':2}}}",
        "{'o':{'a':1}} | {'o':{'a':1}} | {} | {}",
        // The order of the head, then what is new.
        "{'a':1,'b':1} | {'b':1,'a':1} | {'c':1,'a':1,'b':2} | {'b':2,'a':1,'c':1}",
        "{'a':1} | {'z':1,'a':1} | {'y':1,'x':1,'a':1} | {'z':1,'a':1,'y':1,'x':1}",
        "{'o':{'a':1,'b':2}} | {'o':{'b':2,'a':1}} | {'o':{'a':1,'b':2}} | {'o':{'b':2,'a':1}}",
        // Arrays are whole.
        "{'l':[1]} | {'l':[1,2]} | {'l':[1]} | {'l':[1,2]}",
        "{'l':[1]} | {'l':[1,2]} | {'l':[1,2]} | {'l':[1,2]}",
        "{'l':[{'a':1,'b':2}]} | {'l':[{'b':2,'a':1}]} | {'l':[3]} | {'l':[3]}",
        // Numbers keep their text, words and texts too.
        "{'n':1.0} | {'n':1.0,'m':1e-7} | {'n':12345678901234567890.10} | {'n':12345678901234567890.10,'m':1e-7}",
        "{'n':null} | {'n':true} | {'n':null,'s':'é'} | {'n':true,'s':'é'}",
        "{'n':null} | {'n':null,'m':null} | {} | {'m':null}",
        // Types change on one side.
        "{'a':1} | {'a':{'b':1}} | {'a':1,'c':1} | {'a':{'b':1},'c':1}",
        // Documents that are no objects.
        "1 | 1 | 2 | 2",
        "[1] | [1,2] | [1] | [1,2]",
        "{'a':1} | 'text' | {'a':1} | 'text'",
        " { 'a' : 1 } | {'a':1} | {'a': 2 } | {'a':2}",
        "{'':1} | {'':1,'a':1} | {'':2} | {'':2,'a':1}",
      })
  void merges(String ancestor, String head, String branch, String merged) {
    assertThat(merge(ancestor, head, branch))
        .isEqualTo(new Merged(Bytes.utf8(json(merged)), new TreeMap<>()));
  }

  @ParameterizedTest(name = "{0} <- {1} + {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{'a':1} | {'a':2} | {'a':3} | \"/a\" was changed " + BOTH,
        "{} | {'a':1} | {'a':2} | \"/a\" was added " + BOTH,
        "{'a':1} | {'a':1.0} | {'a':2} | \"/a\" was changed " + BOTH,
        "{'o':{'a':1}} | {'o':{'a':2}} | {'o':{'a':3}} | \"/o/a\" was changed " + BOTH,
        "{'a':1} | {} | {'a':2} | \"/a\" " + GONE,
        "{'a':1} | {'a':2} | {} | \"/a\" " + GONE,
        "{'o':{'a':1}} | {} | {'o':{'a':1,'b':2}} | \"/o\" " + GONE,
        "{'l':[1]} | {'l':[1,2]} | {'l':[0,1]} | \"/l\" was changed " + BOTH,
        "{'a':1} | {'a':{}} | {'a':[]} | \"/a\" was changed " + BOTH,
        // Both added an object: nothing says that it is the same one.
        "{} | {'o':{'a':1}} | {'o':{'b':1}} | \"/o\" was added " + BOTH,
        "{'a/b':{'~':1}} | {'a/b':{'~':2}} | {'a/b':{'~':3}} | \"/a~1b/~0\" was changed " + BOTH,
        "1 | 2 | 3 | \"\" was changed " + BOTH,
        "{'a':null} | {'a':1} | {} | \"/a\" " + GONE,
      })
  void declinesWithTheJsonPointer(String ancestor, String head, String branch, String why) {
    assertThat(merge(ancestor, head, branch)).isEqualTo(new Declined(why.replace('"', '\'')));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{",
        "{'a':1,'a':2}",
        "{'a':1} x",
        "{'a':NaN}",
        "{'a':01}",
        "{a:1}",
        "[1,]",
        "nul",
        "// {}",
      })
  void declinesWhatIsNoJson(String text) {
    for (Outcome outcome :
        List.of(merge(text, "{}", "{}"), merge("{}", text, "{}"), merge("{}", "{}", text))) {
      assertThat(outcome).isInstanceOf(Declined.class);
      assertThat(((Declined) outcome).why()).endsWith("is not a JSON document that can be merged.");
    }
  }

  @Test
  void declinesWithoutACommonAncestor() {
    Side side = side("{}");
    assertThat(policy().merge(new Request("k", "application/json", Optional.empty(), side, side)))
        .isInstanceOf(Declined.class);
  }

  @Test
  void declinesBytesThatAreNoUtf8AndKeepsHalfCharacters() {
    Side broken = new Side(Bytes.wrap(new byte[] {'"', (byte) 0xff, '"'}), new TreeMap<>());
    Side side = side("'x'");
    assertThat(
            policy().merge(new Request("k", "application/json", Optional.of(side), broken, side)))
        .isInstanceOf(Declined.class);
    assertThat(merge("{}", "{'a':'\\ud800'}", "{'b':1}"))
        .isEqualTo(new Merged(Bytes.utf8("{\"a\":\"\\uD800\",\"b\":1}"), new TreeMap<>()));
    assertThat(merge("{}", "{'\\ud800':1}", "{'b':1}")).isNotNull();
  }

  @Test
  void declinesDocumentsThatAreTooDeepAndMergesThoseThatAreNot() {
    for (int depth : List.of(JsonText.DEPTH_MAX - 1, JsonText.DEPTH_MAX, JsonText.DEPTH_MAX + 1)) {
      String deep = "{'a':".repeat(depth) + "1" + "}".repeat(depth);
      assertThat(merge(deep, deep, deep.replace("1", "2")))
          .isInstanceOf(depth <= JsonText.DEPTH_MAX ? Merged.class : Declined.class);
    }
  }

  @Test
  void mergesMetadataLikeMembers() {
    Side ancestor = new Side(Bytes.utf8("{}"), new TreeMap<>(Map.of("a", "1", "b", "1")));
    Side head = new Side(Bytes.utf8("{}"), new TreeMap<>(Map.of("a", "2", "b", "1")));
    Side branch = new Side(Bytes.utf8("{}"), new TreeMap<>(Map.of("a", "1", "c", "3")));
    Side other = new Side(Bytes.utf8("{}"), new TreeMap<>(Map.of("a", "3")));

    assertThat(
            policy()
                .merge(new Request("k", "application/json", Optional.of(ancestor), head, branch)))
        .isEqualTo(new Merged(Bytes.utf8("{}"), new TreeMap<>(Map.of("a", "2", "c", "3"))));
    assertThat(
            policy()
                .merge(new Request("k", "application/json", Optional.of(ancestor), head, other)))
        .isEqualTo(new Declined("metadata '/a' was changed " + BOTH));
  }

  @Test
  void theOutcomeDeclinesAMergeThatIsTooLarge() {
    String half = "x".repeat(MergePolicy.SIZE_BYTES_MAX / 2);
    assertThat(merge("{}", "{'a':'" + half + "'}", "{'b':'" + half + "'}"))
        .isInstanceOf(Declined.class);
  }

  /** Each member is changed on one side at most: then it does not matter which side is the head. */
  @RepeatedTest(300)
  void disjointChangesAreMergedToTheSameContentFromBothSides(RepetitionInfo info) {
    Random random = new Random(info.getCurrentRepetition());
    Map<String, JsonTree> ancestor = new TreeMap<>();
    Map<String, JsonTree> one = new TreeMap<>();
    Map<String, JsonTree> other = new TreeMap<>();
    Map<String, JsonTree> expected = new TreeMap<>();
    fill(random, 3, ancestor, one, other, expected);

    JsonTree merged = value(merge(new JsonTree.Members(ancestor), shuffled(one, random), other));
    JsonTree turned = value(merge(new JsonTree.Members(ancestor), shuffled(other, random), one));

    assertThat(merged).isEqualTo(new JsonTree.Members(expected));
    assertThat(turned).isEqualTo(merged);
  }

  private static void fill(
      Random random,
      int depth,
      Map<String, JsonTree> ancestor,
      Map<String, JsonTree> one,
      Map<String, JsonTree> other,
      Map<String, JsonTree> expected) {
    for (int i = random.nextInt(6); i >= 0; i--) {
      String name = "m" + i;
      JsonTree old = new JsonTree.Digits("" + random.nextInt(100));
      JsonTree changed = new JsonTree.Text("t" + random.nextInt(100));
      boolean isOne = random.nextBoolean();
      Map<String, JsonTree> changing = isOne ? one : other;
      Map<String, JsonTree> still = isOne ? other : one;
      switch (random.nextInt(depth > 0 ? 6 : 5)) {
        case 0 -> List.of(ancestor, one, other, expected).forEach(map -> map.put(name, old));
        case 1 -> {
          List.of(ancestor, still).forEach(map -> map.put(name, old));
          List.of(changing, expected).forEach(map -> map.put(name, changed));
        }
        case 2 -> List.of(changing, expected).forEach(map -> map.put(name, changed));
        case 3 -> List.of(ancestor, still).forEach(map -> map.put(name, old));
        case 4 -> {
          ancestor.put(name, old);
          List.of(one, other, expected).forEach(map -> map.put(name, changed));
        }
        default -> {
          List<Map<String, JsonTree>> below = new ArrayList<>();
          List.of(0, 1, 2, 3).forEach(_ -> below.add(new TreeMap<>()));
          fill(random, depth - 1, below.get(0), below.get(1), below.get(2), below.get(3));
          ancestor.put(name, new JsonTree.Members(below.get(0)));
          one.put(name, new JsonTree.Members(below.get(1)));
          other.put(name, new JsonTree.Members(below.get(2)));
          expected.put(name, new JsonTree.Members(below.get(3)));
        }
      }
    }
  }

  private static Map<String, JsonTree> shuffled(Map<String, JsonTree> members, Random random) {
    List<String> names = new ArrayList<>(members.keySet());
    Collections.shuffle(names, random);
    Map<String, JsonTree> shuffled = new LinkedHashMap<>();
    names.forEach(name -> shuffled.put(name, Objects.requireNonNull(members.get(name))));
    return shuffled;
  }

  private Outcome merge(
      JsonTree.Members ancestor, Map<String, JsonTree> head, Map<String, JsonTree> branch) {
    return policy()
        .merge(
            new Request(
                "k",
                "application/json",
                Optional.of(written(ancestor)),
                written(new JsonTree.Members(head)),
                written(new JsonTree.Members(branch))));
  }

  private static Side written(JsonTree tree) {
    return new Side(JsonText.write(tree).orElseThrow(), new TreeMap<>());
  }

  private static JsonTree value(Outcome outcome) {
    return switch (outcome) {
      case Merged(Bytes bytes, var _) -> JsonText.read(bytes).orElseThrow();
      case Declined declined -> throw new AssertionError(declined);
    };
  }

  private Outcome merge(String ancestor, String head, String branch) {
    return policy().merge(request(json(ancestor), json(head), json(branch)));
  }

  private static Request request(String ancestor, String head, String branch) {
    return new Request(
        "k", "application/json", Optional.of(side(ancestor)), side(head), side(branch));
  }

  private static Side side(String text) {
    return new Side(Bytes.utf8(json(text)), new TreeMap<>());
  }

  /** Written with simple quotes. */
  private static String json(String text) {
    return text.replace('\'', '"');
  }
}
