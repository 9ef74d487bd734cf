// A GAN in the plane that learns while you watch, and two games of two numbers. First come pure
// functions, which the tests compare with the package's of the same names; then the page.
// `gk.playground` wraps this file in a function: no name here is global.

// ---- Random numbers

// A stream of uniform numbers in (0, 1) from a seed (xorshift: Marsaglia, 2003).
function uniform_numbers(seed) {
	let state = Math.imul(seed + 1, 0x9e3779b1);
	return () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) / 2 ** 32;
	};
}

// `n` standard normal numbers (Box and Muller, 1958).
function normal(n, random) {
	return Float64Array.from({ length: n }, () =>
		Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()));
}

// Points are [[x, y], ...], or, for the networks, flat: [x, y, x, y, ...].
const flat = (points) => Float64Array.from(points.flat());
const pairs = (x) => Array.from({ length: x.length / 2 }, (_, i) => [x[2 * i], x[2 * i + 1]]);

// ---- Networks and their slopes

// All weights in one array, in the order of Keras's get_weights(), of which a layer's are a view,
// (inputs + 1) x outputs: a bias is the weight of one more input, which is 1. Gradients likewise.
function network(sizes, weights) {
	let end = 0;
	const layers = sizes.slice(1).map((outputs, l) => {
		const inputs = sizes[l], W = weights.subarray(end, (end += (inputs + 1) * outputs));
		return { inputs, outputs, W };
	});
	return { sizes, weights, layers };
}

const zeros_like = ({ sizes, weights }) => network(sizes, weights.map(() => 0));

// Two hidden layers of 32, as Keras starts them: W uniform after Glorot and Bengio (2010), b = 0.
function mlp(outputs, random) {
	const net = network([2, 32, 32, outputs], new Float64Array(1152 + 33 * outputs));
	for (const { inputs, outputs, W } of net.layers)
		for (let i = 0; i < inputs * outputs; i++)
			W[i] = Math.sqrt(6 / (inputs + outputs)) * (2 * random() - 1);
	return net;
}

// x W + b for each row of x; without b where `one` is 0.
function dense({ inputs, outputs, W }, x, one = 1) {
	const rows = x.length / inputs, y = new Float64Array(rows * outputs);
	for (let row = 0; row < rows; row++)
		for (let i = 0; i <= inputs; i++) {
			const value = i < inputs ? x[row * inputs + i] : one, to = row * outputs, from = i * outputs;
			for (let j = 0; j < outputs; j++) y[to + j] += value * W[from + j];
		}
	return y;
}

// The way back: slopes in the outputs become slopes in the inputs, delta W^T.
function dense_back({ inputs, outputs, W }, delta) {
	const rows = delta.length / outputs, slope = new Float64Array(rows * inputs);
	for (let row = 0; row < rows; row++)
		for (let i = 0; i < inputs; i++) {
			let sum = 0;
			for (let j = 0; j < outputs; j++) sum += delta[row * outputs + j] * W[i * outputs + j];
			slope[row * inputs + i] = sum;
		}
	return slope;
}

// Adds x^T delta to the gradients of each layer, and `one` times delta to those of its b.
function add_gradients(into, x_of_layers, deltas, one = 1) {
	into.layers.forEach(({ inputs, outputs, W }, l) => {
		const x = x_of_layers[l], delta = deltas[l];
		for (let row = 0; row < x.length / inputs; row++)
			for (let i = 0; i <= inputs; i++) {
				const value = i < inputs ? x[row * inputs + i] : one;
				const to = i * outputs, from = row * outputs;
				for (let j = 0; j < outputs; j++) W[to + j] += value * delta[from + j];
			}
	});
}

// Times the slope of LeakyReLU(0.2), whose output `h` has the sign of its input.
function times_slope(values, h) {
	for (let i = 0; i < values.length; i++) if (!(h[i] > 0)) values[i] *= 0.2;
	return values;
}

// What goes into each layer, and what comes out of the last one, which has no LeakyReLU.
function forward(net, x) {
	const inputs = [x];
	for (const layer of net.layers.slice(0, -1)) {
		x = dense(layer, x);
		inputs.push(times_slope(x, x));
	}
	return { inputs, output: dense(net.layers.at(-1), x) };
}

// From the slope in the output: the slope before each LeakyReLU (`deltas`) and the slope in x.
function backward(net, inputs, slope) {
	const deltas = [];
	for (let l = net.layers.length - 1; l >= 0; l--) {
		deltas[l] = slope;
		slope = dense_back(net.layers[l], slope);
		if (l > 0) times_slope(slope, inputs[l]);
	}
	return { deltas, slope };
}

// ---- Losses and penalties

const sigmoid = (t) => 0.5 * (1 + Math.tanh(t / 2));
const softplus = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));

// [loss, slope] of one logit t. `rival`, for the relativistic loss, is the logit of the other
// sample of the pair; a pair's loss is counted at the real one.
const minus_log_d = (t) => [softplus(-t), -sigmoid(-t)];
const cross_entropy = { real: minus_log_d, fake: (t) => [softplus(t), sigmoid(t)] };
const win = (t, rival) => minus_log_d(t - rival);
const to_one = (t) => [(t - 1) ** 2 / 2, t - 1];
const up = (t) => [-t, -1];
const LOSSES = {
	minimax: { ...cross_entropy, generator: (t) => [-softplus(t), -sigmoid(t)] },
	non_saturating: { ...cross_entropy, generator: minus_log_d },
	least_squares: { real: to_one, fake: (t) => [t ** 2 / 2, t], generator: to_one },
	hinge: {
		real: (t) => [Math.max(0, 1 - t), t < 1 ? -1 : 0],
		fake: (t) => [Math.max(0, 1 + t), t > -1 ? 1 : 0],
		generator: up,
	},
	wasserstein: { real: up, fake: (t) => [t, 1], generator: up },
	relativistic: { real: win, fake: (t, rival) => [0, sigmoid(t - rival)], generator: win },
};

// The mean of a loss over a batch, and its slope in each logit.
const mean = (terms) => terms.reduce((sum, [value]) => sum + value, 0) / terms.length;
function mean_loss(loss, logits, rivals) {
	const terms = Array.from(logits, (t, i) => loss(t, rivals[i]));
	return [mean(terms), Float64Array.from(terms, ([_, slope]) => slope / terms.length)];
}

// Penalties on g = grad t(x), from |g|^2: [penalty, f], where f g is the penalty's slope in g.
const r1 = (square) => [square, 2];
function gradient_penalty(square) {
	const norm = Math.sqrt(square + 1e-12);
	return [(norm - 1) ** 2, (2 * (norm - 1)) / norm];
}

// Adds the gradient of weight * E[penalty(g)]; returns the value. D is piecewise linear, so g is a
// product of weights and LeakyReLU's slopes. `deltas` are that product from each layer on; sending
// the penalty's slope in g forward, as x went but without biases, gives the part up to each layer.
function add_penalty(into, net, x, penalty, weight) {
	const { inputs } = forward(net, x), rows = x.length / 2;
	const { deltas, slope: g } = backward(net, inputs, new Float64Array(rows).fill(1));
	const terms = pairs(g).map(([a, b]) => penalty(a ** 2 + b ** 2));
	const passed = [g.map((value, i) => (weight * terms[i >> 1][1] * value) / rows)];
	for (let l = 1; l < inputs.length; l++)
		passed.push(times_slope(dense(net.layers[l - 1], passed[l - 1], 0), inputs[l]));
	add_gradients(into, passed, deltas, 0);
	return weight * mean(terms);
}

// WGAN-GP between real and fake; R1 and R2 for the relativistic loss; R1 for the others.
function add_penalties(into, { discriminator, loss, penalty_weight }, { real, fakes, alpha }) {
	if (!penalty_weight) return 0;
	const add = (x, penalty, weight) => add_penalty(into, discriminator, x, penalty, weight);
	const between = (x, i) => alpha[i >> 1] * x + (1 - alpha[i >> 1]) * fakes.output[i];
	if (loss === "wasserstein") return add(real.map(between), gradient_penalty, penalty_weight);
	const r2 = loss === "relativistic" ? add(fakes.output, r1, penalty_weight / 2) : 0;
	return r2 + add(real, r1, penalty_weight / 2);
}

// ---- The game

// L_D and its gradient. Fakes are constants to the discriminator.
function discriminator_loss(game, batch) {
	const { discriminator, loss } = game, gradients = zeros_like(discriminator);
	const [real, fake] = [batch.real, batch.fakes.output].map((x) => forward(discriminator, x));
	let d_loss = add_penalties(gradients, game, batch);
	for (const [kind, seen, rival] of [["real", real, fake], ["fake", fake, real]]) {
		const [mean, slope] = mean_loss(LOSSES[loss][kind], seen.output, rival.output);
		d_loss += mean;
		add_gradients(gradients, seen.inputs, backward(discriminator, seen.inputs, slope).deltas);
	}
	return [d_loss, gradients];
}

// L_G and its slope at each fake: against it the generator pulls its samples.
function fake_slopes({ discriminator, loss }, fake, real) {
	const seen = forward(discriminator, fake);
	const rivals = loss === "relativistic" ? forward(discriminator, real).output : [];
	const [g_loss, slope] = mean_loss(LOSSES[loss].generator, seen.output, rivals);
	return [g_loss, backward(discriminator, seen.inputs, slope).slope];
}

// L_G and its gradient: that slope, pulled back through the generator.
function generator_loss(game, { real, fakes }) {
	const gradients = zeros_like(game.generator);
	const [g_loss, slope] = fake_slopes(game, fakes.output, real);
	add_gradients(gradients, fakes.inputs, backward(game.generator, fakes.inputs, slope).deltas);
	return [g_loss, gradients];
}

// A step of Keras's Adam; the network keeps the moments and counts the steps.
function adam(net, gradients, learning_rate, beta_1, beta_2 = 0.999) {
	const { weights } = net, m = (net.m ??= weights.map(() => 0)), v = (net.v ??= m.slice());
	net.steps = (net.steps ?? 0) + 1;
	const rate = (learning_rate * Math.sqrt(1 - beta_2 ** net.steps)) / (1 - beta_1 ** net.steps);
	gradients.weights.forEach((gradient, i) => {
		m[i] += (gradient - m[i]) * (1 - beta_1);
		v[i] += (gradient ** 2 - v[i]) * (1 - beta_2);
		weights[i] -= (rate * m[i]) / (Math.sqrt(v[i]) + 1e-7);
	});
}

function new_game(settings) {
	const random = uniform_numbers(settings.seed);
	const [generator, discriminator] = [mlp(2, random), mlp(1, random)];
	const averaged = network(generator.sizes, generator.weights.slice());
	return { ...settings, random, generator, discriminator, averaged, d_losses: [], g_losses: [] };
}

// What a step sees; between real and fake, at alpha, looks the gradient penalty.
function draw_batch({ means, random, generator }, size = 64) {
	const alpha = Float64Array.from({ length: size }, random);
	const fakes = forward(generator, normal(2 * size, random));
	return { real: sample(means, size, random), fakes, alpha };
}

function step_discriminator(game, batch) {
	const [d_loss, gradients] = discriminator_loss(game, batch);
	adam(game.discriminator, gradients, game.d_learning_rate, game.beta_1);
	game.d_loss = d_loss;
}

// The generator's step; the average of its weights follows, as the package's `averaging`.
function step_generator(game, batch) {
	const [g_loss, gradients] = generator_loss(game, batch), { generator, averaged } = game;
	adam(generator, gradients, game.g_learning_rate, game.beta_1);
	game.g_loss = g_loss;
	const momentum = Math.min(game.averaging, (1 + generator.steps) / (10 + generator.steps));
	generator.weights.forEach((weight, i) => {
		averaged.weights[i] = weight + momentum * (averaged.weights[i] - weight);
	});
}

// D takes its steps on fresh samples; G answers with the last fakes.
function train_step(game) {
	let batch;
	for (let i = 0; i < game.critic_steps; i++) step_discriminator(game, (batch = draw_batch(game)));
	step_generator(game, batch);
	note(game);
}

function note(game) {
	game.d_losses.push(+game.d_loss);
	game.g_losses.push(+game.g_loss);
}

// ---- Data: mixtures of round clouds, as gk.toy.Mixture; `means` is a list of points

const STD = 0.05;

function sample(means, n, random) {
	return normal(2 * n, random).map((x, i, noise) => {
		if (i % 2 === 0) noise.mode = means[Math.floor(random() * means.length)];
		return noise.mode[i % 2] + STD * x;
	});
}

// A sample is good within 3 std of a mode; a mode is met if 1 % of all are good ones of its own.
function coverage(means, samples) {
	const counts = means.map(() => 0), n = samples.length / 2;
	for (const [a, b] of pairs(samples)) {
		const far = means.map(([x, y]) => Math.hypot(a - x, b - y)), nearest = Math.min(...far);
		if (nearest <= 3 * STD) counts[far.indexOf(nearest)]++;
	}
	const modes = counts.filter((count) => count >= 0.01 * n).length;
	return { modes, high_quality: counts.reduce((a, b) => a + b, 0) / n };
}

// ---- Games of two numbers, as in gk.toy: each player's slope in its own loss, G's first

const GAMES = {
	bilinear: (x, y) => [y, -x],
	dirac(theta, psi, { loss, penalty_weight }) {
		const [generator, fake] = ["generator", "fake"].map((who) => LOSSES[loss][who](psi * theta)[1]);
		return [generator * psi, fake * theta + penalty_weight * psi];
	},
};

const RULES = {
	simultaneous: (slopes, [x, y], [rate_x, rate_y]) => {
		const [slope_x, slope_y] = slopes(x, y);
		return [x - rate_x * slope_x, y - rate_y * slope_y];
	},
	alternating(slopes, [x, y], [rate_x, rate_y]) {
		y -= rate_y * slopes(x, y)[1];
		return [x - rate_x * slopes(x, y)[0], y];
	},
	extra_gradient(slopes, point, rates) {
		const ahead = RULES.simultaneous(slopes, point, rates);
		return RULES.simultaneous(() => slopes(...ahead), point, rates);
	},
};

// ---- Pictures

const REAL = "#0072B2", FAKE = "#D55E00", GREEN = "#009E73", PURPLE = "#CC79A7";

function element(tag, properties, ...children) {
	const made = Object.assign(document.createElement(tag), properties);
	made.append(...children);
	return made;
}

// A pen for a wiped canvas, as sharp as the screen; `at` turns a point of the plane into pixels.
function pen_on(canvas, reach) {
	const { clientWidth: width, clientHeight: height } = canvas, pen = canvas.getContext("2d");
	[canvas.width, canvas.height] = [width, height].map((side) => side * devicePixelRatio);
	pen.scale(devicePixelRatio, devicePixelRatio);
	const at = ([x, y]) => [(width * (1 + x / reach)) / 2, (height * (1 - y / reach)) / 2];
	return Object.assign(pen, { width, reach, at });
}

// What D says of the plane: vermilion fake, white undecided, blue real; pale, so that points stand
// out. Only of a logit is 0 the middle; other scores are compared with their mean.
function draw_field(pen, { discriminator, loss }) {
	const cells = 40, image = new ImageData(cells, cells), small = element("canvas");
	const places = Array.from({ length: cells }, (_, i) => pen.reach * ((2 * i + 1) / cells - 1));
	const points = flat(places.flatMap((y) => places.map((x) => [x, -y])));
	const scores = forward(discriminator, points).output, logits = LOSSES[loss].real === minus_log_d;
	const middle = logits ? 0 : scores.reduce((a, b) => a + b) / cells ** 2;
	scores.forEach((t, i) => {
		const d = Math.tanh((logits ? 0.5 : 1.5) * (t - middle)); // of a logit 2 D - 1
		const colour = d < 0 ? [238, 177, 132] : [125, 181, 218];
		image.data.set([...colour.map((c) => 255 + Math.abs(d) * (c - 255)), 255], 4 * i);
	});
	small.width = small.height = cells;
	small.getContext("2d").putImageData(image, 0, 0);
	pen.drawImage(small, 0, 0, pen.width, pen.width);
}

function draw_line(pen, points, strokeStyle, lineWidth = 1, dashes = []) {
	Object.assign(pen, { strokeStyle, lineWidth });
	pen.setLineDash(dashes);
	pen.beginPath();
	points.forEach((point) => pen.lineTo(...pen.at(point)));
	pen.stroke();
}

// Dots; but fakes are triangles with a dark rim.
function draw_points(pen, points, fillStyle) {
	const strokeStyle = fillStyle === FAKE ? "black" : "white";
	Object.assign(pen, { fillStyle, strokeStyle, lineWidth: 0.8 });
	for (const [x, y] of points.map(pen.at)) {
		pen.beginPath();
		if (fillStyle !== FAKE) pen.arc(x, y, 3, 0, 7);
		else for (const [a, b] of [[0, -5], [4, 3], [-4, 3]]) pen.lineTo(x + a, y + b);
		pen.closePath();
		pen.fill();
		pen.stroke();
	}
}

// The larger the step, the longer the arrow, up to 0.3.
function draw_arrow(pen, [x, y], [dx, dy], colour) {
	const norm = Math.hypot(dx, dy), length = 0.3 / (1 + norm);
	const [tip, left, right] = [[1, 0], [0.75, 0.2], [0.75, -0.2]].map(([along, aside]) =>
		[x + length * (along * dx - aside * dy), y + length * (along * dy + aside * dx)]);
	draw_line(pen, [[x, y], tip, left, tip, right], colour, 1.2);
}

// A square net in latent space, from -2 to 2, and where the generator takes it.
function draw_grid(pen, generator) {
	const ticks = Array.from({ length: 33 }, (_, i) => i / 8 - 2);
	for (const fixed of ticks.filter((_, i) => i % 4 === 0))
		for (const net of [ticks.map((t) => [fixed, t]), ticks.map((t) => [t, fixed])])
			draw_line(pen, pairs(forward(generator, flat(net)).output), "#555");
}

// Lines over the whole run, on one scale, of some 400 values.
function draw_curves(canvas, curves) {
	const thin = (list) => list.filter((_, i) => i % Math.ceil(list.length / 400) === 0);
	const pen = pen_on(canvas, 1), lists = curves.map(thin), all = lists.flat().filter(isFinite);
	const low = Math.min(...all), span = Math.max(...all) - low || 1;
	const place = (value, i, list) => [(2 * i) / list.length - 1, (1.8 * (value - low)) / span - 0.9];
	const looks = [[PURPLE, 2], [GREEN, 2, [5, 3]]];
	lists.forEach((list, k) => draw_line(pen, list.map(place), ...looks[k]));
}

// ---- The two playgrounds: what the page wants to know of each

const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3];

function gan_playground(settings) {
	const latent = normal(1000, uniform_numbers(settings.seed + 1)), { sets } = settings;
	let game;
	const fakes = () => forward(game.averaged, latent).output;
	return {
		reach: 1.2,
		// One start for all losses: a penalty that even Wasserstein's can live on, and no momentum.
		starts: {
			d_learning_rate: 0.003, g_learning_rate: 0.001, critic_steps: 1, penalty_weight: 0.1, beta_1: 0,
			averaging: 0.99, speed: 5,
		},
		menus: {
			data: ["data (own: draw)", Object.keys(sets)],
			loss: ["loss", Object.keys(LOSSES)],
			d_learning_rate: ["D's learning rate", RATES],
			g_learning_rate: ["G's learning rate", RATES],
			critic_steps: ["D steps per G step", [1, 2, 3, 5]],
			penalty_weight: ["penalty weight", [0, 0.1, 1, 10]],
			beta_1: ["beta_1 of Adam", [0, 0.5, 0.9]],
			averaging: ["averaging of G", [0, 0.9, 0.99, 0.999]],
		},
		layers: {
			real: "● real", fake: "▲ fake", field: "D's field", arrows: "D's arrows", grid: "G's grid",
		},
		buttons: {
			"D only": () => (step_discriminator(game, draw_batch(game)), note(game)),
			"G only": () => (step_generator(game, draw_batch(game)), note(game)),
		},
		reset: () => (game = new_game({ ...settings, means: sets[settings.data] })),
		changed: () => Object.assign(game, settings, { means: sets[settings.data] }),
		ready: () => game.means.length > 0,
		step: () => train_step(game),
		point: (point) => settings.data === "own" && game.means.push(point),
		draw(pen, shown) {
			const some = fakes().subarray(0, 500), { means } = game;
			const real = means.length ? sample(means, 250, uniform_numbers(0)) : some.subarray(0, 0);
			if (shown.field) draw_field(pen, game);
			if (shown.grid) draw_grid(pen, game.averaged);
			if (shown.real) draw_points(pen, pairs(real), REAL);
			if (shown.fake) draw_points(pen, pairs(some), FAKE);
			if (!shown.arrows || !means.length) return;
			const pull = pairs(fake_slopes(game, some, real)[1].map((slope) => -250 * slope));
			pairs(some).slice(0, 80).forEach((fake, i) => draw_arrow(pen, fake, pull[i], "black"));
		},
		curves: () => [game.d_losses, game.g_losses],
		status() {
			const { d_loss, g_loss, means, d_losses: { length } } = game;
			if (!means.length) return "Draw data with the pointer.";
			const { modes, high_quality } = coverage(means, fakes());
			const met = /ring|grid/.test(settings.data) ? `${modes} of ${means.length} modes, ` : "";
			const told = `Step ${length}: ${met}${Math.round(100 * high_quality)} % good fakes.`;
			if (!length) return told;
			return `${told} Losses: D ${(+d_loss).toFixed(3)} (solid), G ${(+g_loss).toFixed(3)} (dashed).`;
		},
	};
}

function game_playground(settings) {
	let path = [[1, 0]];
	const slopes = (x, y) => GAMES[settings.game](x, y, settings);
	return {
		reach: 2,
		starts: { d_learning_rate: 0.1, g_learning_rate: 0.1, penalty_weight: 0, speed: 0.2 },
		menus: {
			game: ["game", Object.keys(GAMES)],
			rule: ["rule", Object.keys(RULES)],
			g_learning_rate: ["G's step size", RATES.slice(4)],
			d_learning_rate: ["D's step size", RATES.slice(4)],
			loss: ["loss (Dirac)", ["minimax", "non_saturating", "wasserstein"]],
			penalty_weight: ["R1 weight (Dirac)", [0, 0.1, 0.3, 1]],
		},
		layers: { orbit: "orbit", arrows: "where both would step" },
		reset: () => path.splice(1),
		ready: () => true,
		step() {
			const rates = [settings.g_learning_rate, settings.d_learning_rate];
			path.push(RULES[settings.rule](slopes, path.at(-1), rates));
		},
		point: (point) => (path = [point]),
		draw(pen, shown) {
			for (let i = 0; i < 100 && shown.arrows; i++) {
				const [x, y] = [0.4 * (i % 10) - 1.8, 0.4 * Math.floor(i / 10) - 1.8];
				draw_arrow(pen, [x, y], slopes(x, y).map((slope) => -slope), "#999");
			}
			if (shown.orbit) draw_line(pen, path, REAL, 1.5);
			draw_points(pen, [[0, 0]], GREEN);
			draw_points(pen, path.slice(0, 1), REAL);
			draw_points(pen, path.slice(-1), FAKE);
		},
		curves: () => [path.map((point) => Math.hypot(...point))],
		status() {
			const [x, y] = path.at(-1).map((number) => number.toFixed(3));
			return `Step ${path.length - 1}: G at ${x} (across), D at ${y} (up). The curve: how far from ` +
				"the goal. Click to start elsewhere.";
		},
	};
}

// ---- The page

const STYLE = `
	.card { background: white; color: #222; color-scheme: light; font: 14px/1.4 sans-serif;
		padding: 10px; border: 1px solid #bbb; border-radius: 8px; max-width: 940px }
	.row { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; margin-top: 4px }
	.row > div { flex: 1 1 270px; align-self: start }
	.menus { display: grid; grid-template-columns: repeat(auto-fill, minmax(125px, 1fr)); gap: 8px;
		align-items: end; margin-bottom: 8px }
	button, select { font: inherit; min-height: 30px }  select { width: 100% }
	canvas { width: 100%; height: 110px; border: 1px solid #ddd; box-sizing: border-box }
	.picture canvas { aspect-ratio: 1; height: auto }
	:focus-visible { outline: 3px solid #0072B2 }`;

// Builds a playground in `root`, where its shadow hides the still picture.
function mount(root, told) {
	const settings = { ...told }, one = (told.game ? game_playground : gan_playground)(settings);
	Object.assign(settings, one.starts, told);
	const shown = Object.fromEntries(told.layers.map((name) => [name, true]));
	const picture = element("canvas", { role: "img" }), curves = element("canvas");
	const status = element("div"), play = element("button", { onclick: () => set_playing(!playing) });
	let playing = false, seen = false, owed = 0, due = 0;

	function draw() {
		const pen = pen_on(picture, one.reach);
		one.draw(pen, shown);
		draw_curves(curves, one.curves());
		picture.ariaLabel = status.textContent = one.status();
	}

	// The steps that are due, but for 20 ms at most: the page must not stick.
	function frame() {
		const end = performance.now() + 20;
		owed += settings.speed;
		for (; owed >= 1 && one.ready() && performance.now() < end; owed--) one.step();
		owed = Math.min(owed, 1);
		draw();
		go_on();
	}

	function go_on() {
		cancelAnimationFrame(due);
		if (playing && seen) due = requestAnimationFrame(frame);
	}

	function set_playing(value) {
		playing = value;
		go_on();
		play.textContent = playing ? "❚❚ Pause" : "▶ Play";
		status.ariaLive = playing ? "off" : "polite"; // read aloud what stands, not what runs
	}

	const then_draw = (act) => (event) => {
		act(event);
		draw();
	};

	function button([textContent, act]) {
		const onclick = then_draw(() => {
			set_playing(false);
			if (one.ready()) act();
		});
		return element("button", { textContent, onclick });
	}

	function checkbox([name, words]) {
		const onchange = then_draw(({ target }) => (shown[name] = target.checked));
		const box = element("input", { type: "checkbox", checked: shown[name], onchange });
		return element("label", {}, box, words);
	}

	// A labelled list; a value of the caller's own joins it.
	function menu([name, [label, values]]) {
		const list = element("select", { ariaLabel: label }), now = settings[name], number = typeof now === "number";
		for (const value of new Set([...values, now]))
			list.append(new Option(String(value).replace("_", "-"), value, false, value === now));
		list.onchange = then_draw(() => {
			settings[name] = number ? Number(list.value) : list.value;
			one.changed?.();
		});
		return element("label", {}, label, list);
	}

	picture.onpointerdown = picture.onpointermove = then_draw(({ buttons, offsetX, offsetY }) => {
		const place = (offset) => one.reach * ((2 * offset) / picture.clientWidth - 1);
		if (buttons) one.point([place(offsetX), -place(offsetY)]);
	});

	const group = (className, ...children) => element("div", { className }, ...children);
	const buttons = Object.entries({ Step: one.step, ...one.buttons, Reset: one.reset });
	const menus = Object.entries({ ...one.menus, speed: ["steps a frame", [0.05, 0.2, 1, 5, 20]] });
	one.reset();
	root.attachShadow({ mode: "open" }).append(element("style", { textContent: STYLE }), group("card",
		group("row", play, ...buttons.map(button), ...Object.entries(one.layers).map(checkbox)),
		group("row", group("picture", picture, status),
			group("", group("menus", ...menus.map(menu)), curves))));
	picture.parentNode.style.maxWidth = `${settings.height}px`;
	root.dataset.lmSuppressShortcuts = true; // in JupyterLab a key would act on the cell
	for (let i = 0; i < settings.steps; i++) one.step();
	set_playing(false);
	new ResizeObserver(draw).observe(picture);
	new IntersectionObserver(([entry]) => { // what is out of sight rests
		seen = entry.isIntersecting;
		go_on();
	}).observe(root);
}
