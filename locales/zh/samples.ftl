samples-show = 显示
samples-all = 全部
samples-labeled = 已标注
samples-unlabeled = 未标注
samples-skipped = 已跳过
samples-doubtful = 存疑标签
samples-flags = 提问
samples-flags-open = 提问（{ $n } 个待答）
samples-part = 文件名的一部分
samples-find = 查找
samples-none = 没有符合条件的样本。请换一个筛选条件，或导入样本。
samples-picture = { $name }：{ $answer }
samples-audit = 抽检集
samples-similar = 相似样本
samples-similar-to = { $name } 的相似样本
samples-example = 示例
samples-example-shown = 示例 ✓
samples-example-of = { $name }：在指南旁作为 { $class } 的示例
samples-more = 更多

reason-unsure = 不确定
reason-bad-data = 图片有问题
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
doubts-about = 共 { $n } 个标签，每个都由未见过它的模型检验。图片下方依次是标签和模型的判断。模型也可能出错：请查看图片。
doubts-sure = 模型确信是另一类别
doubts-leans = 模型倾向另一类别
doubts-picture = { $name }：标为 { $class }，模型判为 { $said }
doubts-no-other = 模型没有确信为其他类别的标签。
