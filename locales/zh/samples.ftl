samples-show = 显示
samples-all = 全部
samples-labeled = 已标注
samples-unlabeled = 未标注
samples-skipped = 已跳过
samples-doubtful = 存疑标签
samples-flags = 提问
samples-flags-open = 提问（{ $n } 个待答）
samples-part = 文件名包含
samples-text = 文本中的词
samples-text-example = 退款 "延迟送达"
samples-metadata = 元数据
samples-metadata-example = site=north
samples-annotator = 标注者
samples-anybody = 所有人
samples-order = 排序方式
samples-order-import = 导入顺序
samples-order-doubt = 最存疑的在前
samples-sure = 确信 { $percent }%
samples-find = 查找
samples-none = 没有符合条件的样本。请换一个筛选条件，或导入样本。
samples-picture = { $name }：{ $answer }
samples-audit = 抽检
samples-example = 示例
samples-count = { $n } 个样本
samples-more = 更多

reason-unsure = 不确定
reason-bad-data = 样本有问题
reason-not-in-list = 类别不在列表中
reason-other = 其他

flags-title = 提问
flags-waiting =
    { $n ->
        [0] 没有等待回复的提问。
       *[other] { $n } 个提问等待回复。
    }
flags-about = 提问者会在标注页面看到回复。
flags-all-samples = 全部样本
flags-open = 待回复
flags-with-done = 包括已解决
flags-none = 这里还没有内容。标注员可在标注页面按 { $key } 并附上说明，就某个样本提问。
flags-on = 关于 { $name } 的提问
flags-done = 已解决
flags-answer = 回复
flags-settle = 已解决

doubts-title = 存疑标签
doubts-none = 两个类别都有标签后才会评判。每个标签都由未见过它的模型检验。
doubts-picture = { $name }：标为 { $class }，模型判为 { $said }
doubts-about = { $n } 个标签已核对，每个都由未见过它的模型判断。模型也可能出错：请查看样本。
doubts-settled =
    { $n ->
        [0] 尚无已复核的样本。
       *[other] 已复核 { $n } 个样本。
    }
doubts-changed =
    { $n ->
        [0] 其标签均无误。
       *[other] 其中 { $n } 个标签有误，已更改。
    }
doubts-strong = 模型明显不同意
doubts-slight = 模型略有不同意见
doubts-more = 还有 { $n } 个
doubts-more-about = 最可疑的排在最前；越往后，标签大多正确。
doubts-no-other = 模型同意所有尚未复核的标签。

review-all = 全选
review-choose = 选择 { $name }
review-keep = 保留标签
review-suggested = 采用建议
review-label = 标注
review-class = 类别…
review-changed = 有 { $n } 个样本在此期间已有新答案，保持原样
review-changed-hint = 其余样本已处理。请重新打开页面查看它们现在的答案。

sample-list-doubts = 可疑标签
sample-list-samples = 样本
sample-place = 第 { $at } 个，共 { $all } 个
sample-place-left = 还剩 { $all } 个
sample-previous = 上一个样本
sample-next = 下一个样本
sample-unanswered = 还没有答案。
sample-skipped = { $said }。
sample-labeled = 已标为 { $said }。
sample-differs = 已标为 { $said }。模型认为是 { $class }。
sample-keep = 保留 { $said }
sample-ask-again = 重新询问
sample-set-aside = 搁置
sample-settled = 已复核
sample-change-to = 或改为
sample-answer-with = 标注为
sample-imported = { $age }导入
sample-file = 原始文件
sample-grid = 相似的未标注样本
sample-about = 关于此样本
sample-label = 标签
sample-none = 无。它在样本池中等待。
sample-example = 作为指南旁的示例
sample-answers = 答案
sample-no-answers = 还没有人回答。
sample-undone = 已撤回
sample-by-import = 导入
sample-by-review = 复核
sample-by-grid = 批量标注
sample-by-copy = 作为副本
sample-asked-by = 由第 { $round } 轮提问
sample-model = 模型的看法
sample-model-none = 样本有了模型可以判断的标签后才会显示，这样答案不受模型影响。
sample-model-about = 概率来自未学习过此标签的模型。
sample-near = 最相似的已标注样本
sample-near-about = 数值为嵌入的余弦相似度。
sample-metadata = 元数据
sample-words = { $n } 个词
sample-steps = { $n } 步
sample-channels = { $n } 个通道
