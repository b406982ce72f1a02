#include "support/catch.hpp"
#include "unit/encoder_torch_fixture.hpp"

using histo::test::CardText;
using histo::test::channel_mean;
using histo::test::json_list;
using histo::test::refusal;
using histo::test::ScriptedFile;

TEST_CASE("encoder: a linear layer without a bias gives the weights' sums") {
  CardText card;
  const double sum = channel_mean(0) + channel_mean(1) + channel_mean(2);
  card.values = json_list({sum + channel_mean(0), sum + channel_mean(1), sum + channel_mean(2)});
  const ScriptedFile layer{
      "    y = torch.mean(x, [2, 3])\n"
      "    return torch.linear(y, torch.add(torch.eye(3), 1), None)\n"};

  CHECK(refusal(layer, card) == "accepted");
}

TEST_CASE("encoder: a linear layer with a bias adds it") {
  CardText card;
  card.values = json_list({channel_mean(0) + 2, channel_mean(1) + 2, channel_mean(2) + 2});
  const ScriptedFile layer{
      "    y = torch.mean(x, [2, 3])\n"
      "    return torch.linear(y, torch.eye(3), torch.mul(torch.ones([3]), 2))\n"};

  CHECK(refusal(layer, card) == "accepted");
}

TEST_CASE("encoder: a linear layer whose weights come with the image is left as it is") {
  CardText card;
  card.values = histo::test::channel_means();
  const ScriptedFile layer{
      "    y = torch.mean(x, [2, 3])\n"
      "    zero = torch.mul(torch.mean(y), 0)\n"
      "    return torch.linear(y, torch.add(torch.eye(3), zero), None)\n"};

  CHECK(refusal(layer, card) == "accepted");
}
