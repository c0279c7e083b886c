// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import dev.holdfast.protocol.Problem;
import dev.holdfast.protocol.WireHeaders;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way from server to server, round by round, until one answers or the patience
 * is over. For one thread, once.
 *
 * <pre>
 *   attempt ──► answered                           returned
 *     │    ├──► refused                            thrown: nothing was done
 *     │    ├──► not done: no connection, 429, 503  next server
 *     │    └──► handed over, no answer             next server if it may be repeated, else unknown
 *     ▼
 *   all asked, time left ──► pause, next round
 * </pre>
 */
final class Call<T> {
  /** While another server may be better: longer in each round, since all may be busy. */
  private static final Duration READ_ANSWER = Duration.ofSeconds(2);

  private static final Duration WRITE_ANSWER = Duration.ofSeconds(5);
  private static final Duration LEAST_ANSWER = Duration.ofSeconds(1);
  private static final long LOOK_NANOS = 50_000_000;
  private static final int ROUNDS_DOUBLED = 4;
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 1_000;

  /** Each time the client has seen more; a key on which that fails is written all the time. */
  private static final int FRESH_IDS_MAX = 5;

  private final RestClient client;
  private final RestRequest request;
  private final BodyHandler<T> handler;
  private final List<Attempt> attempts = new ArrayList<>();
  private final long endNanos;
  private String id;
  private long seen;
  private int freshIds;

  /** An earlier attempt may have had its effect, or may yet have it. */
  private boolean handedOver;

  private @Nullable ProblemException refusal;
  private @Nullable Throwable lastCause;

  Call(RestClient client, RestRequest request, BodyHandler<T> handler) {
    this.client = client;
    this.request = request;
    this.handler = handler;
    this.endNanos = client.nanoTime() + client.patience().toNanos();
    this.id = client.freshId();
    this.seen = client.seen();
  }

  HttpResponse<T> run() {
    long pauseMillis = FIRST_PAUSE_MILLIS;
    for (int round = 0; ; round++) {
      List<ServerAddress> order = client.servers().inOrder();
      for (int i = 0; i < order.size(); i++) {
        boolean another = i + 1 < order.size() && !client.servers().isAvoided(order.get(i + 1));
        HttpResponse<T> answer = attempt(order.get(i), boundNanos(another, round));
        if (answer != null) {
          return answer;
        }
        if (round > 0 && client.nanoTime() - endNanos >= 0) {
          throw exhausted();
        }
      }
      if (client.nanoTime() + pauseMillis * 1_000_000 - endNanos >= 0) {
        throw exhausted();
      }
      pause(pauseMillis);
      pauseMillis = Math.min(pauseMillis * 2, LONGEST_PAUSE_MILLIS);
    }
  }

  private long boundNanos(boolean another, int round) {
    Duration within = request.within();
    if (within != null) {
      return within.toNanos();
    }
    long left = Math.max(endNanos - client.nanoTime(), LEAST_ANSWER.toNanos());
    if (!another || !request.isRepeatable()) {
      return Math.max(left, client.lastAnswer().toNanos());
    }
    Duration first = request.isRead() ? READ_ANSWER : WRITE_ANSWER;
    return Math.min(left, first.toNanos() << Math.min(round, ROUNDS_DOUBLED));
  }

  /** Null when another server shall be asked. */
  private @Nullable HttpResponse<T> attempt(ServerAddress server, long boundNanos) {
    Upload upload = new Upload(request.body(), client.clock());
    upload.requireEmpty();
    try {
      HttpResponse<T> answer = await(server, upload, boundNanos);
      client.saw(answer);
      if (answer.statusCode() < 400) {
        client.servers().answered(server);
        return answer;
      }
      refused(server, answer);
    } catch (TimeoutException e) {
      client.servers().failed(server);
      handedOver(server, Attempt.silent(server, boundNanos).why(), e);
    } catch (ConnectException | HttpConnectTimeoutException e) {
      client.servers().failed(server);
      notDone(server, Reasons.of(e), e);
    } catch (IOException e) {
      BodyException own = upload.failure();
      if (own != null) {
        throw own;
      }
      client.servers().failed(server);
      handedOver(server, Reasons.of(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedCallException(!request.isRead(), e);
    }
    if (upload.isBegun() && !request.body().isRepeatable()) {
      throw exhausted(); // It can be read once, and was.
    }
    return null;
  }

  /**
   * The bound begins anew with each piece of the body that goes out, and rests while it is read.
   */
  private HttpResponse<T> await(ServerAddress server, Upload upload, long boundNanos)
      throws IOException, InterruptedException, TimeoutException {
    CompletableFuture<HttpResponse<T>> sent =
        client.http().sendAsync(httpRequest(server, upload), handler);
    try {
      while (true) {
        long left = boundNanos - (client.nanoTime() - upload.progressNanos());
        if (left <= 0 && !upload.isReading()) {
          throw new TimeoutException();
        }
        HttpResponse<T> answer = poll(sent, Math.max(left, LOOK_NANOS));
        if (answer != null) {
          return answer;
        }
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } finally {
      sent.cancel(true);
    }
  }

  /** Null when there is none yet: the caller looks whether the body has moved on. */
  private static <T> @Nullable HttpResponse<T> poll(
      CompletableFuture<HttpResponse<T>> sent, long nanos)
      throws ExecutionException, InterruptedException {
    try {
      return sent.get(nanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return null;
    }
  }

  private HttpRequest httpRequest(ServerAddress server, Upload upload) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(server.uri().resolve(request.target()))
            .method(
                request.method(),
                request.body().length() == 0 ? HttpRequest.BodyPublishers.noBody() : upload);
    for (int i = 0; i < request.headers().size(); i += 2) {
      builder.header(request.headers().get(i), request.headers().get(i + 1));
    }
    if (hasId()) {
      builder.header(WireHeaders.REQUEST, id);
      builder.header(WireHeaders.SEEN, Long.toString(seen));
    }
    return builder.build();
  }

  private boolean hasId() {
    return request.repeat() == RestRequest.Repeat.WITH_ID && request.body().isRepeatable();
  }

  // ---- What an attempt came to ----

  private void refused(ServerAddress server, HttpResponse<T> answer) throws IOException {
    Problem problem = Problems.of(answer);
    if (problem == null) {
      client.servers().failed(server);
      String why = "answered HTTP " + answer.statusCode() + "; it is no Holdfast node";
      if (answer.statusCode() >= 500) {
        handedOver(server, why, null); // A proxy, perhaps.
      } else {
        notDone(server, why, null);
      }
      return;
    }
    String why = problem.status() + " " + problem.code() + ": " + problem.detail();
    switch (Problems.meaning(problem)) {
      case NOT_DONE -> {
        refusal = new ProblemException(problem, server, List.of());
        notDone(server, why, null);
      }
      case UNKNOWN -> {
        refusal = new ProblemException(problem, server, List.of());
        handedOver(server, why, null);
      }
      case STALE -> stale(server, problem, why);
      case REFUSED -> {
        client.servers().answered(server);
        if (handedOver && !request.isRead() && Problems.dependsOnState(problem)) {
          attempts.add(new Attempt(server, "the repeat was refused: " + why));
          throw new UnknownOutcomeException(request, attempts, null);
        }
        throw new ProblemException(problem, server, List.of());
      }
    }
  }

  /** It may have been forgotten: not so if it was never sent before. */
  private void stale(ServerAddress server, Problem problem, String why) {
    if (handedOver || !hasId() || freshIds++ >= FRESH_IDS_MAX) {
      attempts.add(new Attempt(server, why));
      throw handedOver
          ? new UnknownOutcomeException(request, attempts, null)
          : new ProblemException(problem, server, List.of());
    }
    if (problem.members().get("revision") instanceof Number revision) {
      client.saw(revision.longValue());
    }
    id = client.freshId();
    seen = client.seen();
    attempts.add(new Attempt(server, why));
  }

  private void notDone(ServerAddress server, String why, @Nullable Throwable cause) {
    attempts.add(new Attempt(server, why));
    lastCause = cause;
  }

  private void handedOver(ServerAddress server, String why, @Nullable Throwable cause) {
    attempts.add(new Attempt(server, why));
    lastCause = cause;
    if (request.isRead()) {
      return; // Nothing that could have been done.
    }
    handedOver = true;
    if (!request.isRepeatable()) {
      throw new UnknownOutcomeException(request, attempts, cause);
    }
  }

  private RestException exhausted() {
    new Diagnosis(client).complete(attempts);
    if (handedOver) {
      return new UnknownOutcomeException(request, attempts, lastCause);
    }
    ProblemException said = refusal;
    return said == null
        ? new NoAnswerException(attempts, lastCause)
        : new ProblemException(said.problem(), said.server(), attempts);
  }

  private void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedCallException(handedOver, e);
    }
  }
}
