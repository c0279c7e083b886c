// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.coordinator.raft.transport.Frame.Kind;
import dev.holdfast.testkit.Await;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CallLineTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration SOON = Duration.ofSeconds(1);

  private final List<CallLine> lines = new ArrayList<>();
  private final AtomicInteger ended = new AtomicInteger();
  private ServerSocket listening;

  @BeforeEach
  void listen() throws IOException {
    listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    lines.forEach(CallLine::close);
    listening.close();
  }

  private CallLine line() {
    CallLine line =
        new CallLine(
            Ends.transport("n1_a"),
            "127.0.0.1:" + listening.getLocalPort(),
            Ends.HELLO,
            _ -> ended.incrementAndGet());
    lines.add(line);
    line.start();
    return line;
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Throwable failureOf(CompletableFuture<?> call) throws InterruptedException {
    try {
      call.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      throw new AssertionError("answered");
    } catch (ExecutionException e) {
      return e.getCause() == null ? e : e.getCause();
    } catch (TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void answersComeInAnyOrder() throws Exception {
    CallLine line = line();
    CompletableFuture<Frame> first = line.call(Kind.ASK, text("1"), PATIENCE);
    CompletableFuture<Frame> second = line.call(Kind.ASK, text("2"), PATIENCE);
    try (Socket peer = Ends.accept(listening)) {
      DataInputStream in = new DataInputStream(peer.getInputStream());
      Frame one = Frame.read(in);
      Frame two = Frame.read(in);
      OutputStream out = peer.getOutputStream();
      out.write(Frame.encode(Kind.ANSWER, two.id(), two.payload()));
      out.write(Frame.refusal(one.id(), new IOException("not now")));
      assertThat(second.get(20, TimeUnit.SECONDS).text()).isEqualTo("2");
      assertThat(failureOf(first)).isInstanceOf(RefusedException.class).hasMessage("not now");
      assertThat(line.call(Kind.ASK, text("3"), PATIENCE)).isNotDone();
    }
  }

  @Test
  void whoIsRefusedAtTheDoorIsToldWhy() throws Exception {
    CompletableFuture<Frame> call = line().call(Kind.ASK, text("1"), PATIENCE);
    try (Socket peer = Ends.accept(listening)) {
      peer.getOutputStream().write(Frame.refusal(0, new IOException("Here is n2_b")));
      assertThat(failureOf(call)).hasMessageContaining("Here is n2_b");
    }
  }

  @Test
  void whatWaitsFailsWithTheConnectionAndSoDoesWhatComesAfter() throws Exception {
    CallLine line = line();
    CompletableFuture<Frame> call = line.call(Kind.PROPOSE, text("1"), PATIENCE);
    listening.accept().close();
    assertThat(failureOf(call)).isInstanceOf(IOException.class);
    Await.until(PATIENCE, "the owner hears of it", () -> ended.get() == 1);
    assertThat(failureOf(line.call(Kind.PROPOSE, text("2"), PATIENCE)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void garbageEndsTheConnection() throws Exception {
    CompletableFuture<Frame> call = line().call(Kind.ASK, text("1"), PATIENCE);
    try (Socket peer = Ends.accept(listening)) {
      peer.getOutputStream().write(text("HTTP/1.1 400 Bad Request\r\n\r\n"));
      assertThat(failureOf(call)).hasMessageContaining("no frame of a Raft server");
    }
  }

  /** A peer that is stopped, or cut off, neither answers nor closes. */
  @Test
  void aSilentPeerIsLeft() throws Exception {
    CompletableFuture<Frame> call = line().call(Kind.ASK, text("1"), SOON);
    try (Socket _ = listening.accept()) {
      assertThat(failureOf(call)).isInstanceOf(TimeoutException.class);
      Await.until(PATIENCE, "the line ends", () -> ended.get() == 1);
    }
  }

  /** One question may take long, such as a change of the voters; the peer is there. */
  @Test
  void aPeerThatAnswersOthersIsKept() throws Exception {
    CallLine line = line();
    CompletableFuture<Frame> slow = line.call(Kind.CONFIGURE, text("1"), SOON);
    CompletableFuture<Frame> other = line.call(Kind.ASK, text("2"), PATIENCE);
    try (Socket peer = Ends.accept(listening)) {
      DataInputStream in = new DataInputStream(peer.getInputStream());
      for (int i = 0; i < 2; i++) {
        Frame frame = Frame.read(in);
        if (frame.kind() == Kind.ASK) {
          peer.getOutputStream().write(Frame.encode(Kind.ANSWER, frame.id(), text("yes")));
        }
      }
      assertThat(other.get(20, TimeUnit.SECONDS).text()).isEqualTo("yes");
      assertThat(failureOf(slow)).isInstanceOf(TimeoutException.class);
      assertThat(line.call(Kind.ASK, text("3"), PATIENCE)).isNotDone();
      assertThat(ended).hasValue(0);
    }
  }

  /** The caller is the proposer, which must find another leader meanwhile. */
  @Test
  void noCallerWaitsForAPeerThatDoesNotRead() throws Exception {
    CallLine line = line();
    List<CompletableFuture<Frame>> calls = new ArrayList<>();
    try (Socket _ = Ends.accept(listening)) {
      byte[] entry = new byte[1 << 20];
      for (int i = 0; i < 8; i++) {
        calls.add(line.call(Kind.PROPOSE, entry, PATIENCE));
      }
      assertThat(calls).noneMatch(CompletableFuture::isDone);
    }
    for (CompletableFuture<Frame> call : calls) {
      assertThat(failureOf(call)).isInstanceOf(IOException.class);
    }
  }

  /** The calls of the proposer must not wait for what the kernel cannot take. */
  @Test
  void neitherDoesACallerWhoseShortCallsAreNotRead() throws Exception {
    CallLine line = line();
    List<CompletableFuture<Frame>> calls = new ArrayList<>();
    try (Socket _ = Ends.accept(listening)) {
      byte[] question = new byte[4 << 10];
      for (int i = 0; i < 3_000; i++) {
        calls.add(line.call(Kind.ASK, question, PATIENCE));
      }
      assertThat(calls).noneMatch(CompletableFuture::isDone);
    }
    assertThat(failureOf(calls.getLast())).isInstanceOf(IOException.class);
  }

  @Test
  void aFrameThatIsTooLongIsRefusedBeforeItIsRead() {
    byte[] frame = Frame.encode(Kind.ASK, 0, new byte[4_097]);
    byte[] head = Arrays.copyOf(frame, 64); // The rest never comes.
    assertThatThrownBy(() -> Frame.read(new DataInputStream(new ByteArrayInputStream(head))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no frame");
  }
}
